import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { HomesConfig } from '../../../src/homes/config.ts'
import { createHomes } from '../../../src/homes/homes.ts'
import { createAuthority } from '../../../src/pki/authority.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { quietLog } from '../../../src/platform/log.ts'
import { hangingFs, stateOf } from '../../support/hanging-fs.ts'
import { homesRoot, toolHome, toolUid } from '../../support/tool-home.ts'
import { waitUntil } from '../../support/wait-until.ts'

/*
 * Homes on file systems that hang for real: who reads one waits in the kernel and cannot even be killed.
 */
const now = Date.now()
const life = { notBefore: now - 3_600_000, notAfter: now + 3_600_000 }
const authority = await createAuthority({ commonName: 'test', ...life })
const pairOf = (tool: string) =>
  authority.issue({ subject: [{ O: ['toolforge'] }, { CN: [tool] }], usages: ['clientAuth'], ...life })

const deadline = 500

async function world(t: Test, count: number) {
  // Made first, and so removed last: after the disks have been taken off.
  const root = homesRoot(t)
  const sources = homesRoot(t)
  const fs = await hangingFs(t)
  if (fs === undefined) return undefined
  const bad = Array.from({ length: count }, (_, i) => `bad-${i}`)
  for (const [i, tool] of bad.entries()) {
    const { home, put } = toolHome(sources, { tool, pair: await pairOf(tool), uid: toolUid(i) })
    put('a.log', 'one\n')
    await fs.mount(join(root, tool), home)
  }
  for (const tool of ['good', 'fresh']) toolHome(root, { tool, pair: await pairOf(tool) })
  const config: HomesConfig = {
    root,
    min_uid: 1000,
    helpers: 2,
    max_stuck: 8,
    deadline_ms: deadline,
    retry_s: 1,
    refresh_s: 1,
    kubeconfig: '.kube/config',
    user_prefix: 'tf-',
  }
  const homes = createHomes(config, { clock: systemClock, log: quietLog })
  t.teardown(() => homes.stop())
  await homes.start()
  const hang = (tools: string[]) => Promise.all(tools.map(tool => fs.hang(join(root, tool))))
  const release = (tools: string[]) => Promise.all(tools.map(tool => fs.release(join(root, tool))))
  /** Until it is given, or refused for another reason than that it has to wait. */
  const patiently = (tool: string) =>
    waitUntil(tool, () =>
      homes.credentials(tool).catch(error => {
        if (error.code !== 'unavailable') throw error
        return undefined
      }),
    )
  return { fs, root, homes, bad, hang, release, patiently }
}

// Processes are started and killed, which a busy machine takes its time for.
t.setTimeout(180_000)

t.test('homes on other file systems are read like any other', async t => {
  const w = await world(t, 1)
  if (w === undefined) return
  t.equal((await w.patiently('bad-0')).uid, toolUid())
  t.same((await w.homes.readLog('bad-0', { path: 'a.log', maxBytes: 100 }))?.lines, ['one'])
})

t.test('fifty homes that hang: known tools go on, others are refused in time, and all recovers by itself', async t => {
  const w = await world(t, 50)
  if (w === undefined) return
  const { homes, bad, hang, release, patiently } = w
  const known = bad.slice(0, 5)
  const first = new Map<string, unknown>()
  for (const tool of [...known, 'good']) first.set(tool, (await patiently(tool)).fingerprint)
  await hang(bad)

  const asked = performance.now()
  const outcomes = await Promise.all(
    bad.slice(5).map(async tool => {
      const begin = performance.now()
      const error = await homes.credentials(tool).catch(refusal => refusal)
      return { code: error.code, retryAfter: error.retryAfter, took: performance.now() - begin }
    }),
  )
  t.same([...new Set(outcomes.map(({ code }) => code))], ['unavailable'])
  t.ok(outcomes.every(({ retryAfter }) => retryAfter >= 1))
  t.comment(`the slowest refusal took ${Math.max(...outcomes.map(({ took }) => took)).toFixed()} ms`)
  t.ok(performance.now() - asked < 20 * deadline, 'and far from one after the other')

  const full = /^Too many homes on the shared disk do not answer/
  await waitUntil('as many helpers to hang as may', async () => {
    const refused = await Promise.all(bad.slice(5).map(tool => homes.credentials(tool).catch(error => error)))
    return refused.some(({ message }) => full.test(message))
  })
  await t.rejects(homes.credentials('fresh'), { code: 'unavailable', message: full })
  for (let i = 0; i < 200; i++)
    for (const [tool, fingerprint] of first)
      if ((await homes.credentials(tool)).fingerprint !== fingerprint) t.fail(`${tool} changed`)

  await release(bad)
  t.equal((await patiently('fresh')).tool, 'fresh')
  for (const tool of bad.slice(5, 30)) t.equal((await patiently(tool)).tool, tool)
  t.equal(homes.pids().length, 2)
})

t.test('stopping does not wait for a helper that cannot be killed', async t => {
  const w = await world(t, 2)
  if (w === undefined) return
  const pids = w.homes.pids()
  await w.hang(w.bad)
  const asked = Promise.allSettled(w.bad.map(tool => w.homes.credentials(tool)))
  await waitUntil('both to hang', async () => {
    const held = await Promise.all(w.bad.map(tool => w.fs.held(join(w.root, tool))))
    return held.every(count => count > 0)
  })
  await w.homes.stop()
  await asked
  await waitUntil('the kernel to keep them', () => pids.every(pid => stateOf({ pid }) === 'D'))
  await w.release(w.bad)
  await waitUntil('their end', () => pids.every(pid => ['Z', undefined].includes(stateOf({ pid }))))
})
