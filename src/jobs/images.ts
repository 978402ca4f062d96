import { parse } from 'yaml'
import { DomainError } from '../contract/errors.ts'
import { printable } from '../platform/printable.ts'

/** An image that jobs may name. */
export interface Image {
  readonly name: string
  /** As a pod's `image` names it. */
  readonly image: string
  readonly aliases: readonly string[]
  /** `stable`, or what else the operators call it, such as `deprecated`. */
  readonly state: string
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The images of a list in YAML: name → `{image, aliases, state}`; entries without an image are left out.
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
  if (!isRecord(entry) || typeof entry['image'] !== 'string' || entry['image'] === '') return []
  const { image, aliases, state } = entry
  const names = Array.isArray(aliases) ? aliases.filter(alias => typeof alias === 'string') : []
  return [{ name, image, aliases: names, state: typeof state === 'string' ? state : 'unknown' }]
}

/** The images to offer: the stable ones; others still run. */
export const stableImages = (images: readonly Image[]): Image[] => images.filter(({ state }) => state === 'stable')

/** The image that a user means by its name, an alias or its full address; undefined when there is none. */
export function findImage(images: readonly Image[], wanted: string): Image | undefined {
  const named = images.find(({ name, image }) => name === wanted || image === wanted || image === `${wanted}:latest`)
  return named ?? images.find(({ aliases }) => aliases.includes(wanted))
}

/** @throws DomainError bad_request naming the images there are. */
export function resolveImage(images: readonly Image[], wanted: string): Image {
  const image = findImage(images, wanted)
  if (image !== undefined) return image
  const names = stableImages(images).map(({ name }) => name)
  throw new DomainError('bad_request', `No such image '${printable(wanted)}'. Use one of: ${names.join(', ')}`)
}
