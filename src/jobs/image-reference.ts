/** An image's address, in its parts: `host/path:tag@digest`, of which only the path must be there. */
export interface Reference {
  /** With its port, where one is named. */
  readonly host?: string
  readonly path: string
  readonly tag?: string
  readonly digest?: string
}

/** With which the path of a build-service image begins: `tool-T/…` belongs to the tool T. */
export const builtPrefix = 'tool-'

/** What an image without tag and digest means. */
export const usualTag = 'latest'

// As Kubernetes' nodes read them (github.com/distribution/reference).
const hostForm =
  /^(?:[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]{1,5})?$/
const segmentForm = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/
const tagForm = /^\w[\w.-]{0,127}$/
const digestForm = /^sha256:[a-f0-9]{64}$/

/** Characters of host and path together. */
const nameLength = 255
/** Characters of the longest address that can be right: a name, a tag and a digest. */
const mostLength = nameLength + 1 + 128 + 1 + 71

export const isTag = (text: string): boolean => tagForm.test(text)
export const isDigest = (text: string): boolean => digestForm.test(text)

/** `text` up to the first or last `mark`, and what comes after it. */
function cut(text: string, at: number): [head: string, tail: string | undefined] {
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

/** The first part is a host when it cannot be a part of a path; `tool-x/y` is none, `localhost/y` is one. */
const isHost = (first: string): boolean => first === 'localhost' || /[.:A-Z]/.test(first)

/** The parts of an image's address; undefined for what is none. Never throws. */
export function parseReference(text: string): Reference | undefined {
  if (text.length > mostLength) return undefined
  const [named, digest] = cut(text, text.indexOf('@'))
  const colon = named.lastIndexOf(':')
  const [name, tag] = colon > named.lastIndexOf('/') ? cut(named, colon) : [named, undefined]
  const [first, rest] = cut(name, name.indexOf('/'))
  const [host, path] = rest !== undefined && isHost(first) ? [first, rest] : [undefined, name]
  const fits =
    name.length <= nameLength &&
    path.split('/').every(segment => segmentForm.test(segment)) &&
    (host === undefined || hostForm.test(host)) &&
    (tag === undefined || isTag(tag)) &&
    (digest === undefined || isDigest(digest))
  if (!fits) return undefined
  return {
    path,
    ...(host === undefined ? {} : { host }),
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  }
}

/** The address of the parts, as `parseReference` reads it. */
export function formatReference({ host, path, tag, digest }: Reference): string {
  const where = host === undefined ? path : `${host}/${path}`
  return `${where}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}

/**
 * Whether an address is that of a build-service image (below `tool-T/`) or of a standard one, also for images that are
 * known no more. Never throws.
 */
export function kindOfReference(text: string, prefix = builtPrefix): 'standard' | 'built' {
  const path = parseReference(text)?.path ?? text
  const folders = path.split('/').slice(0, -1)
  return folders.some(folder => folder.startsWith(prefix) && folder.length > prefix.length) ? 'built' : 'standard'
}
