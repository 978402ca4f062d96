import { toolNamePattern } from '../contract/limits.ts'
import { formatReference, parseReference, type Reference, usualTag } from '../jobs/image-reference.ts'
import type { Image } from '../jobs/images.ts'
import type { Clock } from '../platform/clock.ts'
import { withDeadline } from '../platform/deadline.ts'
import type { Logger } from '../platform/log.ts'
import { createRegistryClient, noAnswer, type RegistryClient } from './client.ts'
import { type RegistryConfig, type RegistryPlace, readRegistryPlace } from './config.ts'
import { createSharedAnswers } from './shared-answers.ts'

/** An image that a tool made with the build service. */
export interface BuiltImage extends Image {
  readonly kind: 'built'
}

/**
 * The images of the build service, from memory where the answer is a few seconds old. Whoever waits learns of the end of his
 * own signal at once; what others wait for goes on.
 */
export interface Registry {
  /** All of a tool's images, by name; none when it has built none. @throws DomainError unavailable when the registry does not say */
  imagesOf(tool: string, signal: AbortSignal): Promise<readonly BuiltImage[]>
  /**
   * The image of any tool that an address means, with its digest; undefined when there is none, or when the address is no
   * build-service image of this registry. @throws DomainError unavailable when the registry does not say
   */
  resolve(reference: string, signal: AbortSignal): Promise<BuiltImage | undefined>
  close(): Promise<void>
}

export interface RegistryDeps {
  readonly clock: Clock
  readonly log: Logger
}

/** Answers that are kept. */
const mostAnswers = 500
/** All the calls for one answer may take this many times as long as one call. */
const callsPerAnswer = 3

/** @throws Error when a file that the settings name cannot be read, or a repository's name is none */
export function createRegistry(config: RegistryConfig, deps: RegistryDeps): Registry {
  const { url } = config
  if (url === undefined)
    return { imagesOf: async () => [], resolve: async () => undefined, close: async () => undefined }
  const repositoriesOf = (tool: string): string[] =>
    config.repositories.map(name => `${config.project_prefix}${tool}/${name.replaceAll('{tool}', tool)}`)
  for (const repository of repositoriesOf('t')) {
    if (parseReference(`h.example/${repository}`)?.path !== repository)
      throw new Error(`registry.repositories: '${repository}' cannot be the name of a repository`)
  }
  return registryAt(readRegistryPlace(url, config), { ...deps, config, repositoriesOf })
}

interface Parts extends RegistryDeps {
  readonly config: RegistryConfig
  readonly repositoriesOf: (tool: string) => string[]
}

function registryAt(place: RegistryPlace, { config, repositoriesOf, clock, log }: Parts): Registry {
  const client = createRegistryClient(place, log)
  const closed = new AbortController()
  const options = { clock, fresh: config.fresh_ms, most: mostAnswers }
  const lists = createSharedAnswers<readonly BuiltImage[]>(options)
  const digests = createSharedAnswers<string | undefined>(options)

  const within = <T>(calls: number, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    withDeadline({ milliseconds: calls * place.timeout_ms, signal, late: () => noAnswer() }, work)
  /** For all who want the answer. */
  const shared = <T>(work: (signal: AbortSignal) => Promise<T>) => within(callsPerAnswer, closed.signal, work)
  /** For one of them, who never leaves before what he waits for has ended. */
  const waitFor = <T>(signal: AbortSignal, answer: () => Promise<T>) => within(callsPerAnswer + 1, signal, answer)

  return {
    imagesOf: (tool, signal) =>
      waitFor(signal, () =>
        lists.get(tool, () =>
          shared(signal => listImages(client, { place, repositories: repositoriesOf(tool), signal })),
        ),
      ),
    async resolve(text, signal) {
      const reference = parseReference(text)
      if (reference === undefined || !isOurs(reference, place, config)) return undefined
      const { path, tag, digest } = reference
      const wanted = digest ?? tag ?? usualTag
      const ask = () => shared(signal => client.digest(path, wanted, signal))
      const known = await waitFor(signal, () => digests.get(`${path}:${wanted}`, ask))
      return known === undefined ? undefined : { ...builtImage(place, usual(reference)), digest: known }
    },
    close() {
      closed.abort(noAnswer())
      return client.close()
    },
  }
}

interface Wanted {
  readonly place: RegistryPlace
  readonly repositories: readonly string[]
  readonly signal: AbortSignal
}

async function listImages(client: RegistryClient, { place, repositories, signal }: Wanted): Promise<BuiltImage[]> {
  const lists = await Promise.all(
    [...new Set(repositories)].map(async path =>
      (await client.tags(path, signal)).map(tag => builtImage(place, { path, tag })),
    ),
  )
  return lists.flat().sort((a, b) => (a.name < b.name ? -1 : 1))
}

const builtImage = ({ host }: RegistryPlace, { path, tag, digest }: Reference): BuiltImage => {
  const own = { path, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) }
  return {
    name: formatReference(own),
    image: formatReference({ ...own, host }),
    aliases: [],
    state: 'stable',
    kind: 'built',
  }
}

const usual = (reference: Reference): Reference =>
  reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: usualTag } : reference

const toolName = new RegExp(toolNamePattern)

/** Whether an address is one of a tool's project at this registry: nothing else is ever asked for. */
function isOurs({ host, path }: Reference, place: RegistryPlace, { project_prefix }: RegistryConfig): boolean {
  const [project = '', ...rest] = path.split('/')
  return (
    (host === undefined || host.toLowerCase() === place.host) &&
    rest.length > 0 &&
    project.startsWith(project_prefix) &&
    toolName.test(project.slice(project_prefix.length))
  )
}
