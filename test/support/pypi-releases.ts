import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A release of the client of PyPI, and what it knows of what came with the years. */
export interface PypiRelease {
  /** As pip names it, `toolforge-jobs-cli==16.2.3`: also the name of its environment. */
  readonly line: string
  readonly version: string
  /** Where its API is below the gateway; it knows no later one. */
  readonly endpoint: string
  /** Whether it speaks of a status by one word (`Completed`) of its own time, or by today's (`Succeeded`). */
  readonly succeeded: 'Completed' | 'Succeeded'
  /** How it loads a file: compares and creates anew what differs, or leaves that to the API. */
  readonly loads: 'by comparing' | 'by PATCH' | 'by PATCH, one-offs by POST'
  /** Whether it can load its own dump: 16.1.0 dumps all that it was told, and then refuses words that it does not know. */
  readonly loadsDump: boolean
  /** Whether its comparison takes a file that does not name the usual mount for another job. */
  readonly comparesMount: boolean
  readonly knows: {
    readonly dump: boolean
    readonly filelogFlag: boolean
    readonly waitSeconds: boolean
    readonly healthScript: boolean
    readonly port: boolean
    readonly healthHttp: boolean
    readonly replicas: boolean
    readonly timeout: boolean
    readonly since: boolean
    readonly publish: boolean
    readonly webservice: boolean
    /** Whether deleting a job that is not there is an error for it. */
    readonly unknownDelete: boolean
  }
}

const list = join(import.meta.dirname, '../packages/pip-clients.txt')

const numbersOf = (version: string): number => {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  return major * 1_000_000 + minor * 1000 + patch
}

function releaseOf(text: string): PypiRelease {
  const [line = ''] = text.split(' ')
  const version = line.split('==')[1] ?? ''
  const since = (other: string) => numbersOf(version) >= numbersOf(other)
  return {
    line,
    version,
    endpoint: since('16.0.15') ? '/jobs/v1' : '/jobs/api/v1',
    succeeded: since('16.2.2') ? 'Succeeded' : 'Completed',
    loads: since('16.1.32') ? 'by PATCH, one-offs by POST' : since('16.1.0') ? 'by PATCH' : 'by comparing',
    loadsDump: since('16.0.6') && version !== '16.1.0',
    comparesMount: version === '16.0.15',
    knows: {
      dump: since('16.0.6'),
      filelogFlag: since('16.0.6'),
      waitSeconds: since('16.0.6'),
      healthScript: since('16.0.6'),
      port: since('16.0.15'),
      healthHttp: since('16.1.14'),
      replicas: since('16.1.14'),
      // 16.1.27 takes it, and does not send it.
      timeout: since('16.1.14') && version !== '16.1.27',
      since: since('16.1.27'),
      publish: since('16.2.0'),
      webservice: since('16.2.3'),
      unknownDelete: since('16.1.0'),
    },
  }
}

/** The releases that the tests use, oldest first. */
export const pypiReleases: readonly PypiRelease[] = readFileSync(list, 'utf8').trim().split('\n').map(releaseOf)
