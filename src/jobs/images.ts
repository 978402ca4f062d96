import { parse } from 'yaml'
import { DomainError } from '../contract/errors.ts'
import { printable } from '../platform/printable.ts'
import { formatReference, parseReference, type Reference, usualTag } from './image-reference.ts'
import { nearestTo } from './nearest.ts'
import { parseQuantity } from './quantities.ts'

/** What an image says about web services that are started without saying it themselves. */
export interface WebserviceDefaults {
  /** A command for a shell, which finds the port in `$PORT`. */
  readonly command?: string
  readonly port?: number
  /** A Kubernetes quantity of bytes. */
  readonly memory?: string
}

/** An image that jobs may name. */
export interface Image {
  readonly name: string
  /** As a pod's `image` names it. */
  readonly image: string
  readonly aliases: readonly string[]
  /** `stable`, or what else the operators call it, such as `deprecated`. */
  readonly state: string
  /** Made by the operators, or by a tool in the build service. */
  readonly kind: 'standard' | 'built'
  /** Of a built image, where it was asked for: what its tag stands for now. */
  readonly digest?: string
  readonly webservice?: WebserviceDefaults
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The standard images of a list in YAML: name → `{image, aliases, state, webservice-defaults}`; entries without the address
 * of an image are left out.
 * @throws Error when the text is not such a list, or an empty one.
 */
export function parseImages(yaml: string): Image[] {
  const list: unknown = parse(yaml)
  if (!isRecord(list)) throw new Error('the list of images must hold images by name')
  const images = Object.entries(list).flatMap(([name, entry]) => imageOf(name, entry))
  if (images.length === 0) throw new Error('the list of images is empty')
  return images.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function imageOf(name: string, entry: unknown): Image[] {
  if (!isRecord(entry) || typeof entry['image'] !== 'string') return []
  const reference = parseReference(entry['image'])
  if (reference === undefined) return []
  const { aliases, state } = entry
  const webservice = webserviceDefaultsOf(entry['webservice-defaults'])
  return [
    {
      name,
      image: formatReference(withTag(reference)),
      aliases: Array.isArray(aliases) ? aliases.filter(alias => typeof alias === 'string') : [],
      state: typeof state === 'string' ? state : 'unknown',
      kind: 'standard',
      ...(webservice === undefined ? {} : { webservice }),
    },
  ]
}

/** What is not of its form is left out. */
function webserviceDefaultsOf(value: unknown): WebserviceDefaults | undefined {
  if (!isRecord(value)) return undefined
  const { command, port, memory } = value
  const words = Array.isArray(command) ? command : [command]
  const isCommand = words.length > 0 && words.every(word => typeof word === 'string' && word !== '')
  const isPort = typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535
  const isMemory = typeof memory === 'string' && (parseQuantity(memory) ?? 0n) > 0n
  return {
    ...(isCommand ? { command: words.join(' ').replaceAll('{port}', '$PORT') } : {}),
    ...(isPort ? { port } : {}),
    ...(isMemory ? { memory } : {}),
  }
}

const withTag = (reference: Reference): Reference =>
  reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: usualTag } : reference

/** The images to offer: the stable ones; others still run. */
export const stableImages = (images: readonly Image[]): Image[] => images.filter(({ state }) => state === 'stable')

/** By what an address may call an image, in the place of its path; the first that fits goes before the others. */
const callings: readonly ((image: Image, own: Reference) => readonly string[])[] = [
  (_, own) => [own.path],
  ({ name }) => [name],
  ({ aliases }) => aliases,
]

/**
 * The image that a user means by its name, an alias or its address, with or without host and tag; undefined when there is
 * none. A digest that was given stays in the image's address: of a built image it must be known, of a standard one the
 * nodes will find out.
 */
export function findImage(images: readonly Image[], wanted: string): Image | undefined {
  const named = images.find(({ name }) => name === wanted)
  if (named !== undefined) return named
  const reference = parseReference(wanted)
  const addressed = reference && findAddressed(images, reference)
  // An alias may be no address: old ones have capitals.
  return addressed ?? images.find(({ aliases }) => aliases.includes(wanted))
}

/** Read once for each image: lists of jobs look many of them up. */
const addresses = new WeakMap<Image, Reference>()

function addressOf(image: Image): Reference | undefined {
  const known = addresses.get(image)
  if (known !== undefined) return known
  const read = parseReference(image.image)
  if (read !== undefined) addresses.set(image, read)
  return read
}

function findAddressed(images: readonly Image[], wanted: Reference): Image | undefined {
  for (const calling of callings) {
    for (const image of images) {
      const own = addressOf(image)
      if (own === undefined || !calling(image, own).includes(wanted.path)) continue
      if (isSamePlace(image, wanted, own)) return pinned(image, wanted.digest)
    }
  }
  return undefined
}

/** Whether host, tag and digest, as far as they are given, are those of the image. */
function isSamePlace(image: Image, wanted: Reference, own: Reference): boolean {
  const usual = image.kind === 'built' && wanted.digest === undefined ? usualTag : own.tag
  return (
    (wanted.host === undefined || wanted.host.toLowerCase() === own.host?.toLowerCase()) &&
    (wanted.tag ?? usual) === own.tag &&
    isSameDigest(image, wanted.digest, own.digest)
  )
}

function isSameDigest({ kind, digest }: Image, wanted: string | undefined, own: string | undefined): boolean {
  if (wanted === undefined) return kind === 'standard' || own === undefined
  return wanted === (own ?? digest) || (kind === 'standard' && own === undefined)
}

/** A built image with a digest is called by it, so that the job's image is shown as it was given. */
function pinned(image: Image, digest: string | undefined): Image {
  const own = addressOf(image)
  if (digest === undefined || own === undefined || own.digest !== undefined) return image
  const name = image.kind === 'built' ? `${image.name}@${digest}` : image.name
  return { ...image, name, image: formatReference({ ...own, digest }) }
}

/** @throws DomainError bad_request naming the nearest images, or all there are. */
export function resolveImage(images: readonly Image[], wanted: string): Image {
  const image = findImage(images, wanted)
  if (image !== undefined) return image
  const offered = stableImages(images)
  const near = nearestTo(
    wanted,
    offered.map(({ name, aliases }) => ({ name, aliases: [...aliases, name.replace(/:.*/, '')] })),
  )
  const names = offered.map(({ name }) => name)
  const advice =
    near.length > 0 ? `Did you mean ${near.map(({ name }) => name).join(' or ')}?` : `Use one of: ${names.join(', ')}`
  throw new DomainError('bad_request', `No such image '${printable(wanted)}'. ${advice}`)
}
