import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RunningSandbox, readRunning, sandboxOf } from '../platform/running.ts'
import { CliError, whyUnreadable } from './failure.ts'
import { type Identity, readIdentity } from './kubeconfig.ts'
import { pathFrom, readSettings, type Settings, urlVariable } from './settings.ts'
import type { World } from './world.ts'

/** Which service is asked, as whom, and how it is recognised. */
export interface Target {
  /** Without a slash at its end. */
  readonly url: string
  readonly jobsEndpoint: string
  /** Seconds. */
  readonly timeout: number
  readonly identity: Identity
  /** PEM; undefined for the machine's own list of authorities. */
  readonly ca: string | undefined
  /** Where `ca` comes from, in words. */
  readonly caSource: string
  /** What was used, a sentence a line, for `--debug`. */
  readonly sources: readonly string[]
}

export type Place = Pick<World, 'environment' | 'home' | 'checkout'>

/**
 * Finds the service: a configured address goes before the sandbox that runs in this checkout, since who configured one
 * meant it; `$KUBECONFIG` says as whom in both cases. `~/.kube/config` is not asked while the sandbox is used: many have
 * one, of clusters that are no concern of ours. @throws CliError
 */
export async function findTarget(place: Place, files?: readonly string[]): Promise<Target> {
  const settings = await readSettings(place, files)
  if (settings.apiUrl !== undefined) return configured(place, { ...settings, apiUrl: settings.apiUrl })
  const running = readRunning(sandboxOf(place.checkout))
  if (running !== undefined) return sandboxed(place, settings, running)
  throw new CliError(
    `It is not configured where the jobs service is: set api_gateway.url in ~/.config/toolforge.yaml, or $${urlVariable}.\n` +
      'In a checkout, `npm start` runs a sandbox, which is then found without configuration.',
  )
}

const kubeconfigVariable = ({ environment, home }: Place): string | undefined => {
  const path = environment['KUBECONFIG']
  return path ? pathFrom('', path, home) : undefined
}

async function configured(place: Place, settings: Settings & { apiUrl: string }): Promise<Target> {
  const kubeconfig = kubeconfigVariable(place) ?? join(place.home, '.kube/config')
  const identity = await readIdentity(kubeconfig, place.home)
  const trust =
    settings.caFile === undefined
      ? {
          ca: identity.ca,
          caSource: identity.ca === undefined ? "this machine's list" : `the cluster's CA in ${kubeconfig}`,
        }
      : { ca: readCa(settings.caFile), caSource: `jobs.ca_file, ${settings.caFile}` }
  return {
    url: settings.apiUrl,
    jobsEndpoint: settings.jobsEndpoint,
    timeout: settings.timeout,
    identity,
    ...trust,
    sources: [`configuration: ${settings.sources.join(', ')}`, `kubeconfig: ${kubeconfig}`],
  }
}

async function sandboxed(place: Place, settings: Settings, running: RunningSandbox): Promise<Target> {
  const kubeconfig = kubeconfigVariable(place)
  return {
    url: running.api_url.replace(/\/+$/, ''),
    jobsEndpoint: '/jobs/v1',
    timeout: settings.timeout,
    identity: await (kubeconfig === undefined
      ? readIdentity(running.kubeconfig, place.home)
      : chosenIdentity(kubeconfig, place.home)),
    ca: readCa(running.ca_file),
    caSource: running.ca_file,
    sources: [
      `configuration: the sandbox of this checkout (process ${running.pid}), since no address is configured`,
      `kubeconfig: ${kubeconfig ?? running.kubeconfig}`,
    ],
  }
}

async function chosenIdentity(kubeconfig: string, home: string): Promise<Identity> {
  try {
    return await readIdentity(kubeconfig, home)
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    throw new CliError(`${error.message}\n(A sandbox runs in this checkout: without $KUBECONFIG its own is taken.)`)
  }
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CliError(`${file} (the CA of the jobs service): ${whyUnreadable(error)}`, { cause: error })
  }
}
