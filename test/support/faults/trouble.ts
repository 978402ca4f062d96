import { existsSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import type { FailingDirectory } from '../failing-directory.ts'
import type { FailingDisk } from '../failing-disk.ts'
import { type KubeusersWorld, user } from '../kubeusers-world.ts'
import { after, type Tool } from './fates.ts'
import { oneOf } from './random.ts'

export const minute = 60_000
export const hour = 60 * minute

/** Where kubeusers works, with all that can fail. */
export interface Site {
  readonly world: KubeusersWorld
  readonly directory: FailingDirectory
}

/** What goes wrong during some passes. */
export interface Trouble {
  readonly name: string
  /** How it begins; what it has done to the site is taken back by others. */
  begin?(): unknown
  /** Called at each step of kubeusers: a call of the cluster, or something in a home. */
  atStep?(step: number): void | Promise<void>
  /** At this step kubeusers dies. */
  readonly deathAt?: number
  /** Milliseconds by which its clock is wrong. */
  readonly clockOff?: number
}

type Maker = (site: Site, tools: readonly Tool[], random: () => number) => Trouble

const upTo = (most: number, random: () => number): number => Math.floor(random() * most)

/** Of calls and steps: passes of so few tools have seldom more. */
const mostSteps = 100

type AtStep = (nth: number, site: Site, random: () => number) => Trouble

const atSteps: Readonly<Record<string, AtStep>> = {
  refused(nth, { world }, random) {
    const [code, count] = [oneOf([500, 503, 429, 409], random), 1 + upTo(5, random)]
    const fault = { match: { user }, nth, count, effect: 'answer', code } as const
    return { name: `${code} at call ${nth}`, begin: () => world.control.faults.add(fault) }
  },
  lost(nth, { world }) {
    const fault = { match: { user }, nth, effect: 'reset', after: true } as const
    return { name: `the answer to call ${nth} is lost`, begin: () => world.control.faults.add(fault) }
  },
  cut(nth, { world }) {
    const fault = { match: { user }, nth, effect: 'reset' } as const
    return { name: `the connection is cut at call ${nth}`, begin: () => world.control.faults.add(fault) }
  },
  death: nth => ({ name: `killed at step ${nth}`, deathAt: nth }),
}

const ofSteps: readonly Maker[] = Object.values(atSteps).map(
  make => (site, _, random) => make(1 + upTo(mostSteps, random), site, random),
)

const ofItself: Readonly<Record<string, Maker>> = {
  clock: () => ({ name: 'a clock a year ahead', clockOff: 365 * 24 * 60 * minute }),
}

const ofDirectories: Readonly<Record<string, Maker>> = {
  half({ directory }, tools, random) {
    const half = new Map([...after(tools)].filter(() => random() < 0.5))
    return { name: 'half of the directory', begin: () => directory.hold(half) }
  },
  empty: ({ directory }) => ({ name: 'an empty directory', begin: () => directory.hold(new Map()) }),
  /** Each tool is a page of some two hundred bytes, behind the answer to who asks. */
  broken({ directory }, tools, random) {
    const passes = upTo(200 * (tools.length + 1), random)
    const begin = () => directory.fail({ passes, rest: 'cut' })
    return { name: `a directory that is cut off after ${passes} bytes`, begin }
  },
  silent({ directory }, tools, random) {
    const passes = upTo(200 * (tools.length + 1), random)
    const begin = () => directory.fail({ passes, rest: 'silence' })
    return { name: `a directory that says nothing more after ${passes} bytes`, begin }
  },
}

const ofDisks = (disk: FailingDisk): Readonly<Record<string, Maker>> => ({
  readOnly: () => ({ name: 'homes that cannot be written to', begin: () => disk.readOnly() }),
  readOnlyUntil(_site, _tools, random) {
    const until = 1 + upTo(60, random)
    const atStep = (step: number) => (step === until ? disk.recover() : undefined)
    return { name: `homes that cannot be written to until step ${until}`, begin: () => disk.readOnly(), atStep }
  },
  full(_site, _tools, random) {
    // A file or two, or a tool or two.
    const room = upTo(oneOf([3, 30], random), random)
    return { name: `a disk with room for ${room} more`, begin: () => disk.full(room) }
  },
})

const ofHangingDisks = (disk: FailingDisk): Readonly<Record<string, Maker>> => ({
  hangs(_site, _tools, random) {
    const from = upTo(40, random)
    return { name: `a disk that hangs from step ${from}`, atStep: step => (step === from ? disk.hang() : undefined) }
  },
  homeHangs(_site, tools, random) {
    const from = upTo(20, random)
    const { name } = oneOf(tools, random)
    const atStep = (step: number) => (step === from ? disk.hang(name) : undefined)
    return { name: `a home that hangs from step ${from}`, atStep }
  },
})

const damages = {
  'without its certificate': (home: string) => rmSync(join(home, '.toolskube/client.crt'), { force: true }),
  'without its key': (home: string) => rmSync(join(home, '.toolskube/client.key'), { force: true }),
  'with half a certificate': (home: string) => halve(join(home, '.toolskube/client.crt')),
  'with half a kubeconfig': (home: string) => halve(join(home, '.kube/config')),
  'without anything': (home: string) => rmSync(home, { recursive: true, force: true }),
} as const

function halve(path: string): void {
  if (existsSync(path)) truncateSync(path, Math.floor(statSync(path).size / 2))
}

const ofHomes: Readonly<Record<string, Maker>> = {
  /** Only of those that are served: nobody mends the others. */
  damaged({ world }, tools, random) {
    const served = tools.filter(({ fate }) => fate === 'stays' || fate === 'returns')
    const { name } = oneOf(served, random)
    const [what, damage] = oneOf(Object.entries(damages), random)
    return { name: `a home ${what}`, begin: () => damage(join(world.root, name)) }
  },
}

/** One of all that can go wrong. */
function anyTrouble(site: Site, tools: readonly Tool[], random: () => number): Trouble {
  const { disk } = site.world
  const others = { ...ofItself, ...ofDirectories, ...ofHomes, ...(disk && ofDisks(disk)) }
  const quick = [...ofSteps, ...Object.values(others)]
  // What hangs takes seconds, so it comes less often.
  const slow = disk === undefined ? [] : Object.values(ofHangingDisks(disk))
  return oneOf([quick, quick, quick, slow].flat(), random)(site, tools, random)
}

interface Chance {
  readonly run: number
  random(): number
}

/** One or two troubles for a run: the first runs go through all calls and steps in order, with all that may happen there. */
export function troublesOf(site: Site, tools: readonly Tool[], { run, random }: Chance): Trouble[] {
  const makers = Object.values(atSteps)
  const nth = 1 + Math.floor(run / makers.length)
  const inOrder = nth > mostSteps ? undefined : makers[run % makers.length]?.(nth, site, random)
  const first = inOrder ?? anyTrouble(site, tools, random)
  return random() < 0.5 ? [first] : [first, anyTrouble(site, tools, random)]
}

/** Milliseconds for a page of a directory that may say nothing at all. */
const impatience = 250

/** Some passes in trouble, short enough for nobody to count as absent for it. Gives what they complained of. */
export async function suffer(site: Site, tools: readonly Tool[], trouble: Trouble): Promise<string[]> {
  const { world, directory } = site
  await directory.hold(after(tools))
  await trouble.begin?.()
  const begun: unknown[] = []
  const complaints: string[] = []
  let kill = (): void => {}
  const onStep = (step: number): void => {
    begun.push(trouble.atStep?.(step))
    if (step !== trouble.deathAt) return
    kill()
    throw new Error('killed')
  }
  const engine = world.engine({
    listing: () => directory.read(impatience),
    onStep,
    clockOff: () => trouble.clockOff ?? 0,
  })
  kill = engine.kill
  try {
    for (let pass = 0; pass < 2; pass++) {
      await world.advance(2 * minute)
      const failed = await engine.engine.pass().then(
        report => report.failed.map(({ reason }) => reason),
        error => [String(error)],
      )
      complaints.push(...failed)
    }
    return complaints
  } finally {
    await Promise.all(begun)
    await engine.stop()
    await recover(site, tools)
  }
}

async function recover({ world, directory }: Site, tools: readonly Tool[]): Promise<void> {
  await world.control.faults.clear()
  directory.fail()
  await directory.hold(after(tools))
  await world.disk?.recover()
  // Homes that hung are left alone for a minute.
  await world.advance(2 * minute)
}
