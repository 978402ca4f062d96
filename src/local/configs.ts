import { join } from 'node:path'
import { stringify } from 'yaml'
import { type JobsApiConfig, jobsApiConfig } from '../api/config.ts'
import { type KubeusersConfig, kubeusersConfig } from '../kubeusers/config.ts'
import { parseConfig } from '../platform/config.ts'
import { longestPath } from '../sandbox/control/server.ts'
import type { SandboxSettings } from '../sandbox/service.ts'
import { localImages, referenceOf } from './images.ts'
import type { Pki } from './pki.ts'

/** What the API's configuration follows from. */
export interface ApiSurroundings {
  readonly pki: Pick<Pki, 'caFile' | 'serverFiles' | 'serviceFiles'>
  readonly controlPlaneUrl: string
  /** The folder with the tools' homes, in the API and in the pods alike. */
  readonly homes: string
}

/**
 * The API's configuration as an operator would write it, for one machine: all ports are free ones on loopback, and a home
 * may have any owner, for a tool has the uid of who started the sandbox.
 */
export const apiConfigOf = ({ pki, controlPlaneUrl, homes }: ApiSurroundings): JobsApiConfig =>
  parseConfig(
    jobsApiConfig,
    stringify({
      listener: {
        host: '127.0.0.1',
        port: 0,
        proxy_port: 0,
        proxy_peers: ['127.0.0.1/32'],
        client_ca_file: pki.caFile,
        certificate_file: pki.serverFiles.certificate,
        key_file: pki.serverFiles.key,
      },
      deny_list: { certificate_file: pki.serviceFiles.certificate, key_file: pki.serviceFiles.key },
      admin: { host: '127.0.0.1', port: 0 },
      homes: { root: homes, min_uid: 0 },
      kubernetes: { server: controlPlaneUrl, ca_file: pki.caFile },
      jobs: { mounts: [{ name: 'home', path: homes }] },
      // Nobody waits for a proxy to turn away.
      shutdown: { drain_ms: 0 },
    }),
  )

/** What kubeusers' configuration follows from. */
export interface KubeusersSurroundings {
  readonly pki: Pick<Pki, 'caFile' | 'kubeusersFiles'>
  readonly controlPlaneUrl: string
  readonly homes: string
  /** The file that says which tools there are. */
  readonly accounts: string
  /** Of the tools for which that file has none. */
  readonly uid: number
}

/** kubeusers' configuration for one machine: accounts in a file, homes of the starter's own, and nothing to wait long for. */
export const kubeusersConfigOf = (surroundings: KubeusersSurroundings): KubeusersConfig => {
  const { pki, controlPlaneUrl, homes, accounts, uid } = surroundings
  const { certificate: certificate_file, key: key_file } = pki.kubeusersFiles
  return parseConfig(
    kubeusersConfig,
    stringify({
      directory: { kind: 'file', min_uid: 0, file: { path: accounts, default_uid: uid } },
      homes: { root: homes, people_root: `${homes}-people`, min_uid: 0 },
      kubernetes: { server: controlPlaneUrl, ca_file: pki.caFile },
      identity: { certificate_file, key_file },
      // The authority is a new one at each start: what the last one signed is replaced.
      certificates: { authorities_file: pki.caFile },
      // Who puts the cluster's clock forward waits for the next pass.
      tools: { pass_s: 3 },
      admin: { host: '127.0.0.1', port: 0 },
    }),
  )
}

/** The socket by which tests steer the cluster's clock and ask for faults; absent where its path would be too long for one. */
export function controlSocketOf(dir: string): string | undefined {
  const path = join(dir, 'control.sock')
  return Buffer.byteLength(path) > longestPath ? undefined : path
}

/** What the cluster's configuration follows from. */
export interface ClusterSurroundings {
  readonly pki: Pick<Pki, 'ca' | 'caKey' | 'server'>
  readonly port: number
  /** Where published jobs are served; nowhere when absent. */
  readonly webPort?: number
  readonly options: { readonly dir: string; readonly pods: 'processes' | 'none' }
}

function controlOf(dir: string): Pick<SandboxSettings, 'control_socket'> {
  const control_socket = controlSocketOf(dir)
  return control_socket === undefined ? {} : { control_socket }
}

/** The settings of the cluster in memory, which runs each image with the programs of this machine. */
export const sandboxSettingsOf = ({ pki, port, webPort, options }: ClusterSurroundings): SandboxSettings => ({
  ...controlOf(options.dir),
  host: '127.0.0.1',
  port,
  ...(webPort === undefined ? {} : { ingress_port: webPort }),
  client_ca: pki.ca,
  client_ca_key: pki.caKey,
  certificate: pki.server.certificate,
  key: pki.server.key,
  pods: options.pods,
  data_dir: join(options.dir, 'pods'),
  images: localImages.map(image => ({ image: referenceOf(image), needs: [image.needs] })),
})
