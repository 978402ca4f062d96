import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import {
  type Assignment,
  assignmentOf,
  type Circumstances,
  type ClusterAccess,
  type HomeAccount,
  placeOf,
} from './assignment.ts'
import type { HomeState } from './home-state.ts'
import type { Place } from './open.ts'
import type { Order } from './orders.ts'
import { folderOf } from './paths.ts'
import { type Answer, createPool } from './pool.ts'
import { HomeProblem } from './problem.ts'
import type { ProvisionConfig } from './provision-config.ts'
import type { Prepared } from './provision-home.ts'
import type { ProvisionTask } from './provision-tasks.ts'

/**
 * Homes as kubeusers keeps them, without ever touching them from this process. All calls may be repeated, and wait for their
 * turn however many there are; each then has the configuration's deadline. Looks that wait share one, which ends none of them:
 * when it passes, each is asked for alone. All reject with HomeProblem when something of the home or the disk is in
 * the way (nothing is half written then), with DomainError `unavailable` when the home or the disk hangs, and with RangeError
 * for a name that nobody can have.
 */
export interface Provisioner {
  /** Starts the helper processes; without it the first call does. */
  start(): Promise<void>
  /** What a home holds. `unchanged` when it is as it was at the look that gave the stamp `known`; that is cheap. Changes nothing. */
  inspect(account: HomeAccount, known?: string): Promise<HomeState | 'unchanged'>
  /**
   * Makes a tool's home where there is none, mends modes and folders, and makes a key where there is none that can be used, or
   * where a new one is wanted. Gives a request for a certificate, made with the key.
   */
  prepare(account: HomeAccount, options?: { newKey?: boolean }): Promise<Prepared>
  /** Writes a certificate (PEM) that fits the key in the home and the account, then the kubeconfig. */
  install(account: HomeAccount, issued: { certificate: string }): Promise<void>
  /** Mends modes, folders and the kubeconfig of a home that is there. */
  settle(account: HomeAccount): Promise<void>
  /** Replaces the certificate, where there is one, by one that serves for nothing. */
  disable(account: HomeAccount): Promise<void>
  /** Ends the helpers, without waiting for any that hangs. */
  stop(): Promise<void>
  /** The pids of the helper processes in use. */
  pids(): number[]
}

export interface ProvisionerDeps {
  clock: Clock
  log: Logger
  /** Asked at each call, so that a change of authorities is seen. */
  cluster: () => ClusterAccess
}

type OneTask<T> = T extends { place: Place; assignment: Assignment } ? Omit<T, 'place' | 'assignment'> : never

export function createProvisioner(config: ProvisionConfig, { clock, log, cluster }: ProvisionerDeps): Provisioner {
  const pool = createPool(config, { clock, log, isPatient: true })
  let circumstances: Circumstances = { config, cluster: cluster() }

  /** The same object as long as nothing changes, so that looks can go together. */
  function current(): Circumstances {
    const now = cluster()
    if (!isDeepStrictEqual(now, circumstances.cluster)) circumstances = { config, cluster: now }
    return circumstances
  }
  async function run(order: Order): Promise<Answer> {
    const answer = await pool.run(order)
    if ('problem' in answer) throw new HomeProblem(answer.problem.kind, answer.problem.message)
    return answer
  }
  async function change(account: HomeAccount, task: OneTask<ProvisionTask>): Promise<Answer> {
    const assignment = assignmentOf(config, cluster(), account)
    return run({ ...task, place: assignment.place, assignment })
  }
  const misunderstood = () => new Error('A helper process answered something else')
  async function finish(account: HomeAccount, task: OneTask<ProvisionTask>): Promise<void> {
    if (!('done' in (await change(account, task)))) throw misunderstood()
  }

  return {
    start: () => pool.start(),
    pids: () => pool.pids(),
    async inspect(account, known) {
      const place = placeOf(config, account)
      folderOf(place)
      const answer = await run({ kind: 'inspect', place, account, known, circumstances: current() })
      if (!('home' in answer)) throw misunderstood()
      return answer.home
    },
    async prepare(account, { newKey = false } = {}) {
      const answer = await change(account, { kind: 'prepare', newKey })
      if (!('prepared' in answer)) throw misunderstood()
      return answer.prepared
    },
    install: (account, { certificate }) => finish(account, { kind: 'install', certificate, now: clock.now() }),
    settle: account => finish(account, { kind: 'settle', now: clock.now() }),
    disable: account => finish(account, { kind: 'disable', now: clock.now() }),
    async stop() {
      pool.stop()
    },
  }
}
