import type { Clock } from '../platform/clock.ts'
import { runUntilSignal } from '../platform/lifecycle.ts'
import { createLog } from '../platform/log.ts'
import { readRunning, removeRunning, writeRunning } from '../platform/running.ts'
import type { StartOptions } from './command.ts'
import { greeting } from './greeting.ts'
import { createLocalPlatform, type LocalAddresses } from './platform.ts'
import { toolIn, usualTool } from './tools.ts'

/** Where text goes. */
export interface Sink {
  write(text: string): unknown
}

/** The process around the platform. */
export interface LocalWorld {
  /** Where the user is: paths are told from there. */
  readonly folder: string
  readonly pid: number
  readonly clock: Clock
  readonly stdout: Sink
  readonly stderr: Sink
  /** Milliseconds since the process began. */
  uptime(): number
  /** Calls `last` in the process's last moment. */
  onExit(last: () => void): void
}

/** Milliseconds that stopping may take: pods are given two seconds to end by themselves. */
const stopLimit = 10_000

/** What was asked for and is otherwise now, in sentences. */
function remarksOn(options: StartOptions, addresses: LocalAddresses): string[] {
  const moved = (what: string, asked: number, url: string) =>
    asked === 0 || Number(new URL(url).port) === asked ? [] : [`port ${asked} is taken: ${what} is at ${url}`]
  return [
    ...moved('the jobs API', options.port, addresses.api_url),
    ...moved('the control plane', options.controlPlanePort, addresses.control_plane_url),
    ...moved('what is published', options.webPort, addresses.web_url),
    ...(options.pods === 'none' ? ['pods do not run (--pods none): jobs stay pending'] : []),
  ]
}

function textOf(options: StartOptions, addresses: LocalAddresses, world: LocalWorld): string {
  const [tool] = addresses.tools
  if (options.json) return `${JSON.stringify({ ...addresses, pid: world.pid })}\n`
  const facts = {
    apiUrl: addresses.api_url,
    controlPlaneUrl: addresses.control_plane_url,
    webUrl: addresses.web_url,
    caFile: addresses.ca_file,
    tool,
    readyAfter: world.uptime(),
    remarks: [...addresses.remarks, ...remarksOn(options, addresses)],
  }
  return greeting(facts, world.folder)
}

/** Runs the platform until a signal comes; resolves with the process's exit code. */
export async function startPlatform(options: StartOptions, world: LocalWorld): Promise<number> {
  const other = readRunning(options.dir)
  if (other !== undefined) {
    world.stderr.write(
      `A sandbox runs here already (process ${other.pid}). Stop it first, or use another folder: --dir.\n`,
    )
    return 1
  }
  const log = createLog(
    { level: options.verbose ? 'info' : 'error', service: 'sandbox' },
    { write: text => world.stderr.write(text) },
  )
  const platform = createLocalPlatform(options, { clock: world.clock, log })
  world.onExit(platform.killAll)
  const onStarted = (addresses: LocalAddresses) => {
    const { api_url, ca_file, tools } = addresses
    const { kubeconfig } = tools[0] ?? toolIn(options.dir, usualTool)
    writeRunning(options.dir, { api_url, ca_file, kubeconfig, pid: world.pid })
    world.stdout.write(textOf(options, addresses, world))
  }
  try {
    return await runUntilSignal(platform, { log, limit: stopLimit, onStarted })
  } finally {
    removeRunning(options.dir, world.pid)
  }
}
