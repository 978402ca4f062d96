import type { Assignment } from './assignment.ts'
import type { Place } from './open.ts'
import { disableHome, installCertificate, type Prepared, prepareHome, settleHome } from './provision-home.ts'
import type { OnBusy } from './tasks.ts'

interface Provisioning {
  /** As in the assignment: whose home is in use is known by it. */
  place: Place
  assignment: Assignment
}

/** What a helper process can be told to do in a home that it may change. Times in milliseconds since 1970, texts PEM. */
export type ProvisionTask = Provisioning &
  (
    | { kind: 'prepare'; newKey: boolean }
    | { kind: 'install'; certificate: string; now: number }
    | { kind: 'settle'; now: number }
    | { kind: 'disable'; now: number }
  )

export type Provisioned = { prepared: Prepared } | { done: true }

/** For a helper process: nothing of the disk is done beside the caller. @throws HomeProblem */
export async function provision(task: ProvisionTask, onBusy: OnBusy): Promise<Provisioned> {
  const { assignment } = task
  switch (task.kind) {
    case 'prepare':
      return { prepared: await prepareHome(assignment, { isNewKey: task.newKey, onBusy }) }
    case 'install':
      installCertificate(assignment, { certificate: task.certificate, now: task.now, onBusy })
      return { done: true }
    case 'settle':
      settleHome(assignment, { now: task.now, onBusy })
      return { done: true }
    case 'disable':
      await disableHome(assignment, { now: task.now, onBusy })
      return { done: true }
  }
}
