import { fork } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { createKubeusers } from '../../src/kubeusers/service.ts'
import { createObjects } from '../../src/local/admin.ts'
import { kubeusersConfigOf, sandboxSettingsOf } from '../../src/local/configs.ts'
import { createPki } from '../../src/local/pki.ts'
import { homesIn, type LocalTool, ownUid, toolIn } from '../../src/local/tools.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { createLog } from '../../src/platform/log.ts'
import { createControlClient } from '../../src/sandbox/control/client.ts'
import { createSandbox } from '../../src/sandbox/service.ts'
import { chartObjects } from './chart.ts'
import { keysOf } from './local.ts'
import { createRawClient, type Endpoint } from './raw-client.ts'
import { createStepClock } from './step-clock.ts'

const day = 86_400_000
/** Days from one pass to the next; in life there are minutes, which change nothing but the time that the test takes. */
const step = 3
/** Each tool uses its certificate in one of so many steps, besides when it is new. */
const usedEvery = 20

interface Request {
  /** For all that is written. */
  folder: string
  tools: number
  days: number
}

/** What was seen in the time. */
export interface Seen {
  /** In sentences. */
  wrong: string[]
  /** The certificates of each tool. */
  certificates: number[]
  /** Certificates that the cluster was asked for. */
  asked: number
  /** Warnings and errors of all parts. */
  log: string[]
  /** Seconds of the machine's: of the first pass, and of all. */
  seconds: { first: number; all: number }
}

/** A cluster whose clock is steered, and kubeusers beside it with the same time: a pass for each step of days. */
async function startDays(stack: AsyncDisposableStack, { folder, tools }: Request) {
  const accounts = join(folder, 'accounts.yaml')
  mkdirSync(homesIn(folder))
  const names = Array.from({ length: tools }, (_, at) => `t-${at}`)
  writeFileSync(accounts, `tools:\n${names.map(name => `- name: ${name}\n`).join('')}`)
  const pki = await createPki(join(folder, 'pki'), Date.now())
  const settings = sandboxSettingsOf({ pki, port: 0, options: { dir: folder, pods: 'none' } })
  const lines: string[] = []
  const log = createLog({ level: 'warn', service: 'test' }, { write: line => lines.push(line) })
  const sandbox = createSandbox(settings, { clock: systemClock, log })
  const { url } = await sandbox.start()
  stack.defer(sandbox.stop)
  const control = createControlClient(join(folder, 'control.sock'))
  const objects = [...(await chartObjects('rbac.yaml')), ...(await chartObjects('service.yaml'))]
  await createObjects({ url, ca: pki.ca, pair: pki.admin }, objects)
  const clock = createStepClock(sandbox.now)
  const usual = kubeusersConfigOf({ pki, controlPlaneUrl: url, homes: homesIn(folder), accounts, uid: ownUid() })
  const config = {
    ...usual,
    tools: { ...usual.tools, pass_s: 3600 },
    // A day is nothing to the lease: whoever does not renew it in the time that it lasts has lost it.
    lease: { ...usual.lease, duration_s: 7 * 86_400, renewal_s: 3600 },
  }
  const kubeusers = createKubeusers(config, { clock, log })
  await kubeusers.start()
  stack.defer(kubeusers.stop)
  /** A pass has ended, and the lease is held: both wait for time to go on. */
  const rest = () => clock.rest(2)
  await rest()
  return {
    endpoint: { url, ca: pki.ca },
    asked: () => control.requests.total({ verb: 'create', plural: 'certificatesigningrequests' }),
    tools: names.map(name => toolIn(folder, name)),
    now: sandbox.now,
    lines,
    async nextStep() {
      await control.clock.advance((step * day) / 1000)
      clock.wake()
      await rest()
    },
  }
}

/** A home as somebody sees it who uses its certificate. */
interface Watched {
  tool: LocalTool
  /** Of the file with the certificate. */
  changed: number
  begin: number
  end: number
  certificates: number
}

/** Whether it is another certificate than last time, and what is wrong with its being one. */
function look(home: Watched, now: number): { isNew: boolean; wrong: string[] } {
  const { mtimeMs } = statSync(join(home.tool.home, '.toolskube/client.crt'))
  if (mtimeMs === home.changed) return { isNew: false, wrong: [] }
  const { validFromDate, validToDate } = new X509Certificate(keysOf(home.tool).certificate)
  const life = home.end - home.begin
  const age = (now - home.begin) / life
  const isInTime = home.certificates === 0 || (age >= 2 / 3 && age <= 2 / 3 + 1 / 15 + (step * day) / life)
  Object.assign(home, {
    changed: mtimeMs,
    begin: validFromDate.getTime(),
    end: validToDate.getTime(),
    certificates: home.certificates + 1,
  })
  return { isNew: true, wrong: isInTime ? [] : [`${home.tool.name} was renewed at ${age} of its certificate's life`] }
}

/** Uses it with a connection of its own, as kubectl does. */
async function use({ tool }: Watched, endpoint: Endpoint): Promise<string[]> {
  const client = createRawClient(endpoint, keysOf(tool))
  const { status } = await client.call('GET', `/api/v1/namespaces/tool-${tool.name}/configmaps`)
  client.close()
  return status === 200 ? [] : [`${tool.name} got ${status}`]
}

/** Lets days pass, and looks at every home after each step of them. */
async function live(request: Request): Promise<Seen> {
  await using stack = new AsyncDisposableStack()
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  const cluster = await startDays(stack, request)
  const first = seconds()
  const homes: Watched[] = cluster.tools.map(tool => ({ tool, changed: 0, begin: 0, end: 0, certificates: 0 }))
  const wrong: string[] = []

  const wrongWith = async (home: Watched, today: number): Promise<string[]> => {
    const now = cluster.now()
    const { isNew, wrong } = look(home, now)
    const isValid = home.begin <= now && now < home.end
    const isUsed = isNew || cluster.tools.indexOf(home.tool) % usedEvery === (today / step) % usedEvery
    return [
      ...wrong,
      ...(isValid ? [] : [`${home.tool.name} has no valid certificate`]),
      ...(isUsed ? await use(home, cluster.endpoint) : []),
    ]
  }

  for (let today = 0; today <= request.days; today += step) {
    if (today > 0) await cluster.nextStep()
    for (const home of homes) wrong.push(...(await wrongWith(home, today)).map(what => `day ${today}: ${what}`))
  }
  const certificates = homes.map(home => home.certificates)
  return { wrong, certificates, asked: await cluster.asked(), log: cluster.lines, seconds: { first, all: seconds() } }
}

/** Lets days pass in a process of its own: what tap does to this one costs a fifth of the time. */
export async function liveDays(request: Request, signal: AbortSignal): Promise<Seen> {
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = fork(import.meta.filename, { execArgv: [], env, signal })
  child.send(request)
  const [seen] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the process ended with ${code}`))),
  ])
  child.disconnect()
  return seen
}

if (process.argv[1] === import.meta.filename && process.send !== undefined) {
  process.once('disconnect', () => process.exit(0))
  process.once('message', async (request: Request) => {
    process.send?.(await live(request))
  })
}
