import type { Listing } from '../directory/directory.ts'
import type { KubeClusterRoleBinding } from '../kube/kinds.ts'
import type { NamespacedCluster, PlatformCluster } from '../kube/platform-cluster.ts'
import { subjectOf } from '../pki/subject.ts'
import type { Clock } from '../platform/clock.ts'
import { mapBounded } from '../platform/map-bounded.ts'
import { usersOf } from './census.ts'
import { type PeopleAction, type PeoplePlan, planPeople } from './plan/plan-people.ts'
import type { HomesPort } from './steps/homes-port.ts'
import type { Issuer } from './steps/issue.ts'

export interface PeopleDeps {
  readonly cluster: PlatformCluster
  /** The administrators' own homes. */
  readonly homes: HomesPort
  readonly issuer: Issuer
  readonly clock: Clock
}

/** Homes that are looked at at once. */
const atOnce = 8

/** The bindings of the chart that name the administrators. */
const peopleBindings = ['toolforge-administrators', 'toolforge-administrators-view'] as const

/** What is to be done for the administrators, by the newest listing and the bindings of the whole cluster. */
export async function planForPeople(
  { administrators }: Pick<Listing, 'administrators'>,
  wide: readonly KubeClusterRoleBinding[],
  { homes, clock }: Pick<PeopleDeps, 'homes' | 'clock'>,
): Promise<PeoplePlan> {
  const bindings: Record<string, readonly string[] | undefined> = {}
  for (const name of peopleBindings) {
    const found = wide.find(({ metadata }) => metadata?.name === name)
    bindings[name] = found === undefined ? undefined : usersOf(found)
  }
  const people = await mapBounded(administrators, atOnce, async ({ name, uid, disabled }) => {
    return { name, uid, disabled, home: await homes.look({ name, uid }) }
  })
  return planPeople({ people, bindings }, clock.now())
}

/** Gives a binding of the chart these users, and no others. */
async function bind(cluster: NamespacedCluster, name: string, users: readonly string[]): Promise<void> {
  const present = await cluster.get('clusterrolebindings', name)
  if (present === undefined) throw new Error(`there is no ClusterRoleBinding ${name}: apply charts/kubeusers/rbac.yaml`)
  const subjects = users.map(user => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }))
  await cluster.replace('clusterrolebindings', { ...present, subjects })
}

/** Carries out one step; each may be done again. @throws like what it uses */
export async function performForPeople(action: PeopleAction, { cluster, homes, issuer }: PeopleDeps): Promise<void> {
  if (action.do === 'bind') return bind(cluster.in('default'), action.binding, action.users)
  const { person: name, uid, why } = action
  const owner = { name, uid }
  if (action.do === 'kubeconfig') return homes.settle(owner)
  if (action.do === 'disable-home') return homes.disable(owner)
  const { request, publicKey } = await homes.prepare(owner, { newKey: false })
  const subject = subjectOf({ kind: 'person', name })
  const message = `for administrator ${name}: ${why}`
  const issued = await issuer.issue({ name: `person-${name}`, request, publicKey, subject, message })
  return homes.install(owner, issued.certificate)
}
