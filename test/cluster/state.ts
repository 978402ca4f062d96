import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

/** All that a node with real containers needs; build.sh makes them. */
const programs = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'kubelet',
  'kube-proxy',
]

/** The folder of the cluster's state, as lib.sh chooses it. */
export const clusterHome = (): string =>
  process.env['CLUSTER_HOME'] ||
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'toolforge-jobs/cluster')

export const missingPrograms = (): string[] => programs.filter(name => !existsSync(join(clusterHome(), 'bin', name)))

export interface ClusterState {
  up: boolean
  home: string
  kubeconfig: string
  missing: string[]
  server: string
  version: string
  /** A line for each node: name and whether it is ready. */
  nodes: string
}

/** Whether the cluster is up, found out by asking its API server (at most 5 s). */
export function clusterState(): ClusterState {
  const home = clusterHome()
  const kubeconfig = join(home, 'conf/admin.kubeconfig')
  const kubectl = (...words: string[]): string | undefined => {
    const options = ['--kubeconfig', kubeconfig, '--request-timeout=5s']
    const { status, stdout } = spawnSync(join(home, 'bin/kubectl'), [...options, ...words], { encoding: 'utf8' })
    return status === 0 ? stdout.trim() : undefined
  }
  const down = { up: false, home, kubeconfig, missing: missingPrograms(), server: '', version: '', nodes: '' }
  if (!existsSync(kubeconfig) || kubectl('get', '--raw', '/readyz') !== 'ok') return down
  const ready = '{range .status.conditions[?(@.type=="Ready")]}Ready={.status}{end}'
  return {
    ...down,
    up: true,
    server: kubectl('config', 'view', '-o', 'jsonpath={.clusters[0].cluster.server}') ?? '',
    version: /"gitVersion": "([^"]+)"/.exec(kubectl('get', '--raw', '/version') ?? '')?.[1] ?? '',
    nodes: kubectl('get', 'nodes', '-o', `jsonpath={range .items[*]}{.metadata.name} ${ready} {end}`) ?? '',
  }
}
