import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'
import { clusterHome, missingPrograms } from '../cluster/state.ts'
import { missing } from './programs.ts'
import { type RealCluster, realCluster } from './real-cluster.ts'
import { waitUntil } from './wait-until.ts'

/** A real control plane that no other test uses, without a node: etcd, API server, controllers. */
export interface OwnControlPlane extends RealCluster {
  /** Sends its API server a signal, or another of its programs. */
  signal(signal: NodeJS.Signals, program?: 'kube-controller-manager'): void
  /** Waits until it has ended, as it was told to. */
  ended(): Promise<unknown>
  /** Starts what does not run, and waits until the API server is ready. */
  up(): Promise<void>
}

/** Whether there is such a process; one that has ended and that nobody has asked for is none. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Beside the ports and the addresses of the cluster of all tests. */
const place = { CLUSTER_PORT: '17443', CLUSTER_SUBNET: '10.251.0.0/16', CLUSTER_NODE: 'none' }

/** Its own control plane for a test, gone with it; undefined where its programs are missing, which skips the test aloud. */
export async function ownControlPlane(
  t: Pick<Test, 'teardown' | 'pass' | 'fail'>,
): Promise<OwnControlPlane | undefined> {
  if (missingPrograms().length > 0) {
    missing(t, `needs ${missingPrograms().join(', ')}: npm run cluster build`)
    return undefined
  }
  // Always the same one: what a run left that was killed is ended by the next.
  const home = join(dirname(clusterHome()), 'own-control-plane')
  const script = async (name: string): Promise<void> => {
    const env = { ...process.env, ...place, CLUSTER_HOME: home }
    const child = spawn('bash', [join(import.meta.dirname, '../cluster', name)], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', data => {
      said += String(data)
    })
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`${name}: exit code ${code}\n${said}`)
  }
  const remove = async (): Promise<void> => {
    if (existsSync(home)) await script('down.sh')
    rmSync(home, { recursive: true, force: true })
  }
  await remove()
  mkdirSync(home, { recursive: true })
  symlinkSync(join(clusterHome(), 'bin'), join(home, 'bin'))
  t.teardown(remove)
  await script('up.sh')
  const usual = process.env['CLUSTER_HOME']
  process.env['CLUSTER_HOME'] = home
  const cluster = await realCluster(t, { own: true }).finally(() => {
    if (usual === undefined) delete process.env['CLUSTER_HOME']
    else process.env['CLUSTER_HOME'] = usual
  })
  if (cluster === undefined) throw new Error('the control plane is not up')
  const pid = (program = 'kube-apiserver'): number =>
    Number(readFileSync(join(home, `run/${program}.pid`), 'utf8').split(' ')[0])
  return {
    ...cluster,
    signal: (signal, program) => void process.kill(pid(program), signal),
    ended: () => waitUntil('the end of the API server', () => !isRunning(pid()), 90),
    up: () => script('up.sh'),
  }
}
