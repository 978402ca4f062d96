import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'
import { stringify } from 'yaml'
import { missing } from './programs.ts'
import type { PypiRelease } from './pypi-releases.ts'

/** The folder of the virtual environment that `.ci/run venv` makes for a release, outside the checkout. */
const environmentOf = ({ line }: PypiRelease): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'toolforge-jobs/clients', line)

/** How the client of PyPI is to reach the API, as which tool. */
export interface PypiClientOptions {
  release: PypiRelease
  /** The tool's kubeconfig. */
  kubeconfig: string
  /** The front door: `https://127.0.0.1:30001`. */
  url: string
  /** A file with the CA of the API's certificate, to have it verified; the client does not do so by itself. */
  caFile?: string
}

export interface PypiResult {
  code: number
  stdout: string
  stderr: string
}

export interface PypiClient {
  /** Runs `toolforge-jobs` with these words; a run of more than `seconds` (90) is ended and fails. */
  run(words: string[], options?: { seconds?: number; signal?: AbortSignal }): Promise<PypiResult>
}

/** The unmodified client of PyPI, or undefined where it is not installed: then the test is skipped aloud (in CI: fails). */
export function pypiClient(t: Test, options: PypiClientOptions): PypiClient | undefined {
  const { release, kubeconfig, url, caFile } = options
  const program = join(environmentOf(release), 'bin/toolforge-jobs')
  if (!existsSync(program)) {
    missing(t, `needs ${release.line} of PyPI: bash .ci/run venv`)
    return undefined
  }
  const home = mkdtempSync(join(tmpdir(), 'pypi-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const settings = { api_gateway: { url }, jobs: { jobs_endpoint: release.endpoint } }
  writeFileSync(join(home, '.toolforge.yaml'), stringify(settings))
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    KUBECONFIG: kubeconfig,
    LANG: 'C.UTF-8',
    ...(caFile === undefined ? {} : { REQUESTS_CA_BUNDLE: caFile }),
  }
  return {
    run: (words, { seconds = 90, signal } = {}) =>
      new Promise((resolve, reject) => {
        const limits = { timeout: seconds * 1000, maxBuffer: 1 << 26, ...(signal === undefined ? {} : { signal }) }
        execFile(program, words, { env, encoding: 'utf8', ...limits }, (error, stdout, stderr) => {
          const code = error === null ? 0 : error.code
          if (typeof code === 'number') resolve({ code, stdout, stderr })
          else
            reject(
              new Error(`toolforge-jobs ${words.join(' ')} did not end by itself: ${stdout}${stderr}`, {
                cause: error,
              }),
            )
        })
      }),
  }
}
