import t from 'tap'
import { apiConfigOf, controlSocketOf, kubeusersConfigOf, sandboxSettingsOf } from '../../../src/local/configs.ts'
import { localImages, referenceOf } from '../../../src/local/images.ts'

const pki = {
  ca: 'CA',
  caKey: 'CA KEY',
  caFile: '/pki/ca.crt',
  server: { certificate: 'CERTIFICATE', key: 'KEY' },
  serverFiles: { certificate: '/pki/server.crt', key: '/pki/server.key' },
  kubeusersFiles: { certificate: '/pki/kubeusers.crt', key: '/pki/kubeusers.key' },
  serviceFiles: { certificate: '/pki/service.crt', key: '/pki/service.key' },
}

t.test(
  'the API is configured as an operator would, on loopback, with the defaults of production for the rest',
  async t => {
    const config = apiConfigOf({ pki, controlPlaneUrl: 'https://127.0.0.1:16440', homes: '/sandbox/project' })
    t.match(config, {
      listener: {
        host: '127.0.0.1',
        port: 0,
        proxy_port: 0,
        proxy_peers: ['127.0.0.1/32'],
        client_ca_file: '/pki/ca.crt',
      },
      admin: { host: '127.0.0.1' },
      homes: { root: '/sandbox/project', min_uid: 0, deadline_ms: 500 },
      kubernetes: { server: 'https://127.0.0.1:16440', ca_file: '/pki/ca.crt' },
      jobs: { mounts: [{ name: 'home', path: '/sandbox/project', read_only: false }] },
    })
  },
)

t.test('kubeusers has its own name, and gives tools without a uid the one of the starter', async t => {
  const surroundings = { pki, controlPlaneUrl: 'https://127.0.0.1:1', homes: '/sandbox/project', accounts: '/a.yaml' }
  t.match(kubeusersConfigOf({ ...surroundings, uid: 7 }), {
    directory: { kind: 'file', min_uid: 0, file: { path: '/a.yaml', default_uid: 7 } },
    homes: { root: '/sandbox/project', min_uid: 0 },
    kubernetes: { server: 'https://127.0.0.1:1', ca_file: '/pki/ca.crt' },
    identity: { certificate_file: '/pki/kubeusers.crt', key_file: '/pki/kubeusers.key' },
    certificates: { authorities_file: '/pki/ca.crt', life_days: 90 },
    admin: { host: '127.0.0.1' },
  })
})

t.test('the control socket is beside the homes, where its path is not too long for one', async t => {
  t.equal(controlSocketOf('/sandbox'), '/sandbox/control.sock')
  const settingsIn = (dir: string) => sandboxSettingsOf({ pki, port: 0, options: { dir, pods: 'none' } })
  t.equal(settingsIn('/sandbox').control_socket, '/sandbox/control.sock')
  const long = `/${'ä'.repeat(50)}`
  t.equal(controlSocketOf(long), undefined)
  t.notOk('control_socket' in settingsIn(long))
})

t.test('the cluster stands for every image that the platform names', async t => {
  const settings = sandboxSettingsOf({ pki, port: 0, options: { dir: '/sandbox', pods: 'none' } })
  t.match(settings, {
    host: '127.0.0.1',
    port: 0,
    client_ca: 'CA',
    client_ca_key: 'CA KEY',
    pods: 'none',
    data_dir: '/sandbox/pods',
  })
  t.same(
    settings.images?.map(({ image }) => image),
    localImages.map(referenceOf),
  )
})
