import { createHash } from 'node:crypto'
import { type Dispatcher, Pool } from 'undici'
import { DomainError } from '../contract/errors.ts'
import { isDigest, isTag } from '../jobs/image-reference.ts'
import { withDeadline } from '../platform/deadline.ts'
import type { Logger } from '../platform/log.ts'
import { printable } from '../platform/printable.ts'
import { readAll } from '../platform/read-all.ts'
import { version } from '../platform/version.ts'
import type { RegistryPlace } from './config.ts'
import { nextPage } from './next-page.ts'

/** An OCI registry, as far as one looks which images there are. Every call throws DomainError `unavailable` when it gets no answer. */
export interface RegistryClient {
  /** The tags of a repository, as many as are looked at; none when there is no such repository. */
  tags(repository: string, signal: AbortSignal): Promise<string[]>
  /** What a tag stands for, or the digest itself; undefined when there is no such image. */
  digest(repository: string, tagOrDigest: string, signal: AbortSignal): Promise<string | undefined>
  /** Ends the connections and all that runs over them. */
  close(): Promise<void>
}

/** Calls at once. */
const connections = 8
const connectMs = 3000
/** Bytes of an answer: a page of tags, or a manifest, for which the specification says 4 MiB. */
const answerBytes = 4 * 1024 * 1024
const pageSize = 100
/** Pages of tags that are read, and tags that are kept. */
export const mostPages = 10
const mostTags = pageSize * mostPages

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

interface Call {
  readonly method: 'GET' | 'HEAD'
  readonly path: string
  readonly signal: AbortSignal
}

interface Answer {
  readonly status: number
  readonly headers: Dispatcher.ResponseData['headers']
  readonly body: Buffer
}

/** It may exist or not: nobody is told that there is no such image. */
export const noAnswer = (cause?: unknown): DomainError =>
  new DomainError('unavailable', 'The registry of built images does not answer now; try again in a moment', {
    cause,
    retryAfter: 5,
  })

export function createRegistryClient(place: RegistryPlace, log: Logger): RegistryClient {
  const { url, ca, authorization, timeout_ms } = place
  const pool = new Pool(url, {
    connections,
    connect: { ...(ca === undefined ? {} : { ca }), rejectUnauthorized: true, timeout: connectMs },
    headersTimeout: timeout_ms + 5000,
    bodyTimeout: timeout_ms + 5000,
  })
  const headers = {
    accept: `${manifestTypes}, application/json`,
    'user-agent': `toolforge-jobs-api/${version}`,
    ...(authorization === undefined ? {} : { authorization }),
  }

  function send({ method, path, signal }: Call): Promise<Answer> {
    const late = () => new Error(`no answer within ${timeout_ms} ms`)
    return withDeadline({ milliseconds: timeout_ms, signal, late }, async signal => {
      const response = await pool.request({ method, path, headers, signal })
      return { status: response.statusCode, headers: response.headers, body: await readAll(response.body, answerBytes) }
    })
  }

  /** The answer, which says 200 or 404. */
  async function ask(call: Call): Promise<Answer> {
    try {
      const answer = await send(call)
      const problem = problemOf(answer, place)
      if (problem === undefined) return answer
      throw new Error(problem)
    } catch (error) {
      throw failed(error, call)
    }
  }

  /** The reason that someone gave for the end of a call is no fault of the registry. */
  function failed(error: unknown, { path, signal }: Call): unknown {
    if (signal.aborted) return signal.reason
    log.error({ err: error, registry: url, path }, 'the registry of built images gave no answer')
    return noAnswer(error)
  }

  /** 404 counts only when a registry says it, not a proxy before it or a server that is something else. */
  async function checkRegistry(signal: AbortSignal): Promise<void> {
    const call: Call = { method: 'GET', path: '/v2/', signal }
    const { status } = await ask(call)
    if (status !== 200) throw failed(new Error(`there is no registry: /v2/ is answered with ${status}`), call)
  }

  async function askPage(path: string, signal: AbortSignal) {
    const call: Call = { method: 'GET', path, signal }
    const answer = await ask(call)
    if (answer.status === 404) {
      await checkRegistry(signal)
      return { tags: [], next: undefined }
    }
    try {
      return { tags: tagsOf(answer.body), next: nextPage(answer.headers.link, { origin: url, path }) }
    } catch (error) {
      throw failed(error, call)
    }
  }

  return {
    async tags(repository, signal) {
      const all = new Set<string>()
      let next: string | undefined = `/v2/${repository}/tags/list?n=${pageSize}`
      for (let page = 0; next !== undefined && page < mostPages; page++) {
        const read: { tags: string[]; next: string | undefined } = await askPage(next, signal)
        for (const tag of read.tags) all.add(tag)
        next = read.next
      }
      if (next !== undefined || all.size > mostTags)
        log.warn({ registry: url, repository, most: mostTags }, 'the repository has more tags than are looked at')
      return [...all].slice(0, mostTags)
    },

    async digest(repository, tagOrDigest, signal) {
      const path = `/v2/${repository}/manifests/${tagOrDigest}`
      const head: Call = { method: 'HEAD', path, signal }
      const known = await ask(head)
      if (known.status === 404) {
        await checkRegistry(signal)
        return undefined
      }
      const named = known.headers['docker-content-digest']
      const digest = named ?? digestOf(await ask({ ...head, method: 'GET' }))
      const isRight = typeof digest === 'string' && isDigest(digest) && (isTag(tagOrDigest) || digest === tagOrDigest)
      if (!isRight) throw failed(new Error('it names no digest, or another'), head)
      return digest
    },

    close: () => pool.destroy(),
  }
}

const digestOf = ({ status, body }: Answer): string | undefined =>
  status === 200 ? `sha256:${createHash('sha256').update(body).digest('hex')}` : undefined

/** What an answer is that says neither 200 nor 404: nothing that it asks for is done, wherever it points. */
function problemOf({ status, headers }: Answer, { url, authorization }: RegistryPlace): string | undefined {
  if (status === 200 || status === 404) return undefined
  if (status === 401) return refusalOf(headers['www-authenticate'], { url, authorization })
  if (status >= 300 && status < 400)
    return `it points elsewhere (${status}): ${printable(String(headers.location))}; redirects are not followed`
  return `it answers with ${status}`
}

function refusalOf(
  challenge: string | string[] | undefined,
  { url, authorization }: Pick<RegistryPlace, 'url' | 'authorization'>,
): string {
  const realm = /^bearer\b.*?\brealm="([^"]*)"/i.exec(String(challenge))?.[1]
  if (realm !== undefined && URL.canParse(realm, url) && new URL(realm, url).origin !== url)
    return `it wants a token from another place (${printable(realm)}), which is asked for nothing`
  return authorization === undefined
    ? 'it wants a login: set registry.username and registry.password_file'
    : 'it refuses the login of registry.username'
}

/** @throws Error when it is no list of tags */
function tagsOf(body: Buffer): string[] {
  const list: unknown = JSON.parse(body.toString('utf8'))
  const tags: unknown = typeof list === 'object' && list !== null && 'tags' in list ? list.tags : undefined
  // An emptied repository has null.
  if (tags === null) return []
  if (!Array.isArray(tags)) throw new Error('its answer is no list of tags')
  return tags.filter(tag => typeof tag === 'string').filter(isTag)
}
