import { posix } from 'node:path'
import { namespaceOf } from '../contract/limits.ts'
import type { KeyType, Subject } from '../pki/authority.ts'
import { type Holder, subjectOf } from '../pki/subject.ts'
import type { Entries } from './kubeconfig-entries.ts'
import type { Place } from './open.ts'
import { folderOf, stepsWithin } from './paths.ts'
import type { ProvisionConfig } from './provision-config.ts'

/** Whose home: a tool's, or an administrator's own, which is neither made nor given another mode. */
export interface HomeAccount extends Holder {
  uid: number
}

/** The cluster that homes are made for. */
export interface ClusterAccess {
  /** The API server's URL. */
  server: string
  /** PEM of the authorities that sign the server's certificate. */
  ca: string
  /** PEM of each authority that signs clients' certificates. */
  authorities: readonly string[]
}

/** All that a helper process has to know of one home. Files as the names to walk from the home. */
export interface Assignment {
  place: Place
  uid: number
  /** A path below the root that must be there before the home is made; undefined: nothing is asked for. */
  marker: string | undefined
  kubeconfig: string[]
  certificate: string[]
  key: string[]
  subject: Subject
  keyType: KeyType
  entries: Entries
}

/** What homes are made by: the same for all that are asked for together. */
export interface Circumstances {
  config: ProvisionConfig
  cluster: ClusterAccess
}

/** @throws RangeError on a name that nobody can have, or a path that leads out of the home. */
export const assignmentOf = (config: ProvisionConfig, cluster: ClusterAccess, account: HomeAccount): Assignment =>
  assignmentsIn({ config, cluster })(account)

/** The same for one account after the other; what does not depend on the account is done once. @throws RangeError */
export function assignmentsIn({ config, cluster }: Circumstances): (account: HomeAccount) => Assignment {
  const layouts = new Map<HomeAccount['kind'], Layout>()
  const layoutFor = (kind: HomeAccount['kind']): Layout => {
    const layout = layouts.get(kind) ?? layoutOf(config, kind)
    layouts.set(kind, layout)
    return layout
  }
  const marker = config.root_marker === '' ? undefined : posix.join(config.root, config.root_marker)
  return account => {
    const place = placeOf(config, account)
    folderOf(place)
    const { certificatePath, keyPath, ...files } = layoutFor(account.kind)
    return {
      place,
      uid: account.uid,
      marker,
      ...files,
      subject: subjectOf(account),
      keyType: config.key_type,
      entries: {
        cluster: { name: config.cluster, server: cluster.server, ca: cluster.ca },
        context: { name: config.context, namespace: account.kind === 'tool' ? namespaceOf(account.name) : 'default' },
        user: { name: `${config.user_prefix}${account.name}`, certificatePath, keyPath },
        currentContext: config.current_context,
      },
    }
  }
}

/** Where the home of an account is; that the name can be one is for `folderOf` to say. */
export const placeOf = (config: ProvisionConfig, { kind, name }: HomeAccount): Place =>
  kind === 'tool'
    ? { root: config.root, tool: name, minUid: config.min_uid }
    : { root: config.people_root, tool: name, minUid: config.min_uid, person: true }

/** What is alike in all homes of one kind: our files, and the paths of two of them from the kubeconfig's folder. */
type Layout = Pick<Assignment, 'kubeconfig' | 'certificate' | 'key'> & Record<'certificatePath' | 'keyPath', string>

function layoutOf(config: ProvisionConfig, kind: HomeAccount['kind']): Layout {
  const folder = kind === 'tool' ? config.credentials_folder : config.people_credentials_folder
  const kubeconfig = stepsIn(config.kubeconfig)
  const certificate = stepsIn(`${folder}/client.crt`)
  const key = stepsIn(`${folder}/client.key`)
  return {
    ...{ kubeconfig, certificate, key },
    certificatePath: pathFrom(kubeconfig, certificate),
    keyPath: pathFrom(kubeconfig, key),
  }
}

function stepsIn(path: string): string[] {
  // No path of the configuration begins at the root, so that it is the same in each home.
  const steps = stepsWithin('/', path)
  if (steps === undefined) throw new RangeError('The kubeconfig, the certificate and the key must lie within the home')
  return steps
}

/** Relative, so that a home can be seen under several paths. */
const pathFrom = (kubeconfig: readonly string[], file: readonly string[]): string =>
  posix.relative(posix.join('/', ...kubeconfig.slice(0, -1)), posix.join('/', ...file))

/** The folders of our files, each as the names to walk from the home, the outer ones first. */
export function foldersOf({ kubeconfig, certificate, key }: Assignment): string[][] {
  const folders = new Map<string, string[]>()
  for (const file of [certificate, key, kubeconfig])
    for (let depth = 1; depth < file.length; depth++) folders.set(file.slice(0, depth).join('/'), file.slice(0, depth))
  return [...folders.values()]
}
