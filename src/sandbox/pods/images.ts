import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** An image that this machine stands for, without having it. */
export interface SandboxImage {
  /** As a pod names it, tag included. */
  image: string
  /** The programs that the image promises. */
  needs: readonly string[]
}

export interface Images {
  /** What an image promises and this machine lacks; undefined for an image that is not known. */
  missing(image: string): readonly string[] | undefined
}

/** `name` is `name:latest`, as everywhere. */
export const fullName = (image: string): string => (/[:@][^/]*$/.test(image) ? image : `${image}:latest`)

export function findProgram(name: string, path: string): string | undefined {
  const isProgram = (file: string): boolean => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  }
  return path
    .split(delimiter)
    .map(folder => join(folder, name))
    .find(isProgram)
}

/** Every image runs with the programs of the same `path`: those of this machine. */
export function createImages(images: readonly SandboxImage[], path: string): Images {
  const known = new Map(
    images.map(({ image, needs }) => [
      fullName(image),
      needs.filter(program => findProgram(program, path) === undefined),
    ]),
  )
  return { missing: image => known.get(fullName(image)) }
}
