import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createAuthority, type Subject } from '../../src/pki/authority.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { quietLog } from '../../src/platform/log.ts'
import { createControlClient } from '../../src/sandbox/control/client.ts'
import { createSandbox, type SandboxSettings } from '../../src/sandbox/service.ts'
import { createRawClient } from './raw-client.ts'

const hour = 3_600_000

/** A sandbox of the test's own that runs no pods, with an authority for its clients. */
export async function startSandbox(
  t: Test,
  settings: Partial<SandboxSettings> = {},
  { controlled = true, signing = true }: { controlled?: boolean; signing?: boolean } = {},
) {
  // Long enough for tests in which years pass.
  const life = { notBefore: Date.now() - hour, notAfter: Date.now() + 24 * 365 * 10 * hour }
  const authority = await createAuthority({ commonName: 'sandbox-ca', ...life })
  const server = await authority.issue({
    subject: [{ CN: ['server'] }],
    usages: ['serverAuth'],
    hosts: ['127.0.0.1'],
    ...life,
  })
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-'))
  const control_socket = join(folder, 'control.sock')
  const data_dir = join(folder, 'pods')
  const usual: SandboxSettings = { port: 0, client_ca: authority.certificate, ...server, data_dir, pods: 'none' }
  const sandbox = createSandbox(
    {
      ...usual,
      ...(controlled ? { control_socket } : {}),
      ...(signing ? { client_ca_key: authority.key } : {}),
      ...settings,
    },
    { clock: systemClock, log: quietLog },
  )
  const address = await sandbox.start()
  t.teardown(async () => {
    await sandbox.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const endpoint = { url: address.url, ca: authority.certificate }
  const keys = (subject: Subject) => authority.issue({ subject, usages: ['clientAuth'], ...life })
  const client = async (subject: Subject) => {
    const made = createRawClient(endpoint, await keys(subject))
    t.teardown(() => made.close())
    return made
  }
  const admin = await client([{ O: ['system:masters'] }, { CN: ['admin'] }])
  /** Steers the sandbox's clock and asks it for faults. */
  const control = createControlClient(control_socket)
  return { sandbox, address, endpoint, authority, life, keys, client, admin, control, control_socket }
}
