import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createAuthority, type Subject } from '../../src/pki/authority.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { quietLog } from '../../src/platform/log.ts'
import { createSandbox, type SandboxSettings } from '../../src/sandbox/service.ts'
import { createRawClient } from './raw-client.ts'

const hour = 3_600_000

/** A sandbox of the test's own that runs no pods, with an authority for its clients. */
export async function startSandbox(t: Test, settings: Partial<SandboxSettings> = {}) {
  const life = { notBefore: Date.now() - hour, notAfter: Date.now() + hour }
  const authority = await createAuthority({ commonName: 'sandbox-ca', ...life })
  const server = await authority.issue({
    subject: [{ CN: ['server'] }],
    usages: ['serverAuth'],
    hosts: ['127.0.0.1'],
    ...life,
  })
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-'))
  const sandbox = createSandbox(
    { port: 0, client_ca: authority.certificate, ...server, data_dir: join(folder, 'pods'), pods: 'none', ...settings },
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
  return { sandbox, address, endpoint, authority, life, keys, client, admin }
}
