import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import type { ProvisionTask } from '../../../src/homes/provision-tasks.ts'
import { now, provisioning, sign, treeOf } from '../../support/provisioning.ts'

t.setTimeout(300_000)

const program = join(import.meta.dirname, '../../support/dying-home.ts')
const run = promisify(execFile)

type World = Awaited<ReturnType<typeof provisioning>>

/** Whether the task came to its end, when killed before its file operation of that number. */
async function endsBefore(number: number, task: ProvisionTask): Promise<boolean> {
  try {
    const { stdout } = await run(process.execPath, [program, String(number), JSON.stringify(task)])
    return Number(stdout) < number
  } catch (error) {
    if (error instanceof Error && 'signal' in error && error.signal === 'SIGKILL') return false
    throw error
  }
}

const orNothing = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Keys and times are new with each try. */
const shape = (w: World) =>
  Object.fromEntries(
    Object.entries(treeOf(w.home)).map(([name, what]) => [
      name,
      /client\.(key|crt)/.test(name) ? what.slice(0, 40) : what,
    ]),
  )

interface Crash {
  t: Test
  w: World
  task: () => ProvisionTask
  /** Before each try. */
  before: () => Promise<void>
  /** What must hold at the moment of the crash. */
  holds: () => void
  /** The second try. */
  again: () => Promise<void>
}

/** Kills the task before each of its file operations in turn; each time the second try must come to the same end. */
async function atEachStep({ t, w, task, before, holds, again }: Crash): Promise<void> {
  await before()
  await again()
  const undisturbed = shape(w)
  let number = 1
  for (; ; number++) {
    await before()
    if (await endsBefore(number, task())) break
    holds()
    await again()
    t.same(shape(w), undisturbed, `killed before operation ${number}`)
    const { home, kubeconfig } = w.inspect()
    t.same([home, kubeconfig], ['right', 'right'])
  }
  t.ok(number > 5, `${number - 1} operations`)
}

t.test('a helper may be killed at each step of the making of a home', async t => {
  const w = await provisioning(t)
  const assignment = w.assignment()
  await atEachStep({
    t,
    w,
    task: () => ({ kind: 'prepare', place: assignment.place, assignment, newKey: false }),
    before: async () => rmSync(w.home, { recursive: true, force: true }),
    holds: () => {},
    again: () => w.provide(),
  })
})

t.test('a helper may be killed at each step of a renewal: what readers see is whole, before or after', async t => {
  const w = await provisioning(t)
  const assignment = w.assignment()
  const path = (name: string) => join(w.home, name)
  await w.provide()
  const old = orNothing(path('.toolskube/client.crt'))
  const key = orNothing(path('.toolskube/client.key'))
  const config = 'users:\n- {name: me}\n'
  const renewed = sign(w.authority, (await w.prepare()).request)
  await atEachStep({
    t,
    w,
    task: () => ({ kind: 'install', place: assignment.place, assignment, certificate: renewed, now }),
    before: async () => {
      writeFileSync(path('.kube/config'), config)
      w.install(old ?? '')
      writeFileSync(path('.kube/config'), config)
    },
    holds: () => {
      t.equal(orNothing(path('.toolskube/client.key')), key)
      t.ok([old, renewed].includes(orNothing(path('.toolskube/client.crt'))))
      t.match(orNothing(path('.kube/config')), /^users:\n- \{name: me\}\n/)
    },
    again: async () => w.install(renewed),
  })
})

t.test('a helper may be killed at each step of a new key and of a broken kubeconfig', async t => {
  const w = await provisioning(t)
  const assignment = w.assignment()
  const path = (name: string) => join(w.home, name)
  await w.provide()
  await atEachStep({
    t,
    w,
    task: () => ({ kind: 'prepare', place: assignment.place, assignment, newKey: true }),
    before: async () => {},
    holds: () =>
      t.match(
        orNothing(path('.toolskube/client.key')),
        /^-----BEGIN PRIVATE KEY-----\n[\w+/=\n]+-----END PRIVATE KEY-----\n$/,
      ),
    again: () => w.provide(),
  })
  await atEachStep({
    t,
    w,
    task: () => ({ kind: 'settle', place: assignment.place, assignment, now }),
    before: async () => {
      rmSync(path('.kube'), { recursive: true })
      w.settle()
      writeFileSync(path('.kube/config'), 'users: x')
    },
    holds: () => {
      const texts = [orNothing(path('.kube/config')), orNothing(path('.kube/config.broken-20261122T120000Z'))]
      t.ok(texts.includes('users: x'), 'what was there is never lost')
    },
    again: async () => w.settle(),
  })
})

t.test('a helper may be killed at each step of a shut-off', async t => {
  const w = await provisioning(t)
  const assignment = w.assignment()
  await atEachStep({
    t,
    w,
    task: () => ({ kind: 'disable', place: assignment.place, assignment, now }),
    before: () => w.provide(),
    holds: () => t.match(w.inspect(), { key: { publicKey: /./ } }),
    again: async () => {
      await w.disable()
      w.settle()
      t.match(w.inspect(), { certificate: { problem: 'useless' } })
    },
  })
})
