import { readFileSync } from 'node:fs'
import type { Logger } from '../platform/log.ts'
import { messageOf } from '../platform/message-of.ts'
import { createTemplate, type Template } from './desired.ts'
import { type Manifest, parseManifest } from './manifest.ts'
import { type Overrides, parseOverrides } from './overrides.ts'

/** What tools get, as the files say that operators write. */
export interface TemplateFiles {
  /** As it was read last. @throws Error while nothing has been read */
  template(): Template
  /** Reads the files again; while they are wrong, what was read before goes on, and the log says so. */
  refresh(): void
}

interface Paths {
  readonly manifest_file: string
  readonly overrides_file?: string
}

const textOf = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : explained(file, () => readFileSync(file, 'utf8'))

/** Runs `work` on a file; what goes wrong is told with its path. */
function explained<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Error(`${file}: ${messageOf(error)}`, { cause: error })
  }
}

interface Read {
  readonly texts: readonly (string | undefined)[]
  readonly template: Template
}

/** The same template where the files say the same as before: what was judged by it need not be judged again. */
function read({ manifest_file, overrides_file = '' }: Paths, before?: Read): Read {
  const texts = [textOf(manifest_file), overrides_file === '' ? undefined : textOf(overrides_file)]
  if (before?.texts.every((text, at) => text === texts[at]) === true) return before
  const [manifestText = '', overridesText] = texts
  const manifest: Manifest = explained(manifest_file, () => parseManifest(manifestText))
  const overrides: Overrides =
    overridesText === undefined ? new Map() : explained(overrides_file, () => parseOverrides(overridesText))
  return { texts, template: explained(manifest_file, () => createTemplate(manifest, overrides)) }
}

/** @throws Error when the files are wrong now */
export function openTemplateFiles(paths: Paths, log: Logger): TemplateFiles {
  let last = read(paths)
  return {
    template: () => last.template,
    refresh() {
      try {
        last = read(paths, last)
      } catch (error) {
        log.error({ err: error }, 'what tools get cannot be read again; what was read before holds')
      }
    },
  }
}
