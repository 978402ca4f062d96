import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startApi } from '../support/api.ts'
import { failingImages } from '../support/failing-images.ts'
import { type FailureCase, failureCases } from '../support/failure-case.ts'
import { type FailureSite, type Outcome, playCase } from '../support/failure-site.ts'
import { startApiBeside } from '../support/platforms.ts'
import { createRawClient } from '../support/raw-client.ts'
import { realCluster } from '../support/real-cluster.ts'

/** Of the failures so many may be named wrongly; of what is no failure, none. */
const mayMiss = 2

/** Cases that are played at once. */
const atOnce = 12

/** `FAILURES=NAME,…` plays these alone, and shows all that is said. */
const chosen = process.env['FAILURES']?.split(',')

type NewSite = (number: number) => Promise<FailureSite>

async function realSites(t: Test): Promise<NewSite | undefined> {
  const cluster = await realCluster(t)
  if (cluster === undefined) return undefined
  const { caFile, port } = await startApiBeside(t, cluster, { jobs: await failingImages(t, cluster) })
  const endpoint = { url: `https://127.0.0.1:${port}`, ca: readFileSync(caFile, 'utf8') }
  return async () => {
    const tool = await cluster.newTool()
    const api = createRawClient(endpoint, tool)
    t.teardown(api.close)
    return { ...tool, tool: tool.name, api, admin: cluster.adminClient }
  }
}

const toolOf = (number: number) => `tf-${number}`

async function embeddedSites(t: Test, count: number): Promise<NewSite> {
  const tools = Array.from({ length: count }, (_, number) => toolOf(number))
  const { as, admin, homes } = await startApi(t, { tools, pods: 'processes' })
  return async number => {
    const tool = toolOf(number)
    const uid = process.getuid?.() ?? 0
    return { tool, namespace: `tool-${tool}`, home: join(homes, tool), uid, api: as(tool), admin }
  }
}

interface Played {
  one: FailureCase
  got: Outcome
  isRight: boolean
}

const isRight = ({ code, calm }: FailureCase, got: Outcome): boolean =>
  got.code === code && got.summary !== '' && (calm || (got.advice.length > 0 && got.commands.length > 0))

/** Plays all cases, a few at a time, the slow ones first. */
async function playAll(cases: readonly FailureCase[], newSite: NewSite): Promise<Played[]> {
  const queue = [...cases].sort((a, b) => Number(b.slow) - Number(a.slow)).entries()
  const played: Played[] = []
  const play = async () => {
    for (const [number, one] of queue) {
      const failed = (error: Error): Outcome => ({ code: 'none', summary: error.message, advice: [], commands: [] })
      const got = await newSite(number)
        .then(site => playCase(one, site))
        .catch(failed)
      played.push({ one, got, isRight: isRight(one, got) })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, play))
  return played.sort((a, b) => (a.one.name < b.one.name ? -1 : 1))
}

function tell(t: Test, target: string, played: readonly Played[]): void {
  const rows = played.map(({ one, got, isRight }) => [one.name, one.code, got.code, isRight ? 'right' : 'MISSED'])
  const widths = [0, 1, 2, 3].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const lines = rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  t.comment([`The failures as a table (${target}): case, cause, what why says`, ...lines].join('\n'))
  for (const { one, got, isRight } of played)
    if (!isRight || chosen !== undefined)
      t.comment(`${isRight ? 'right' : 'missed'} ${one.name}: ${one.cause} It says: ${JSON.stringify(got)}`)
}

async function provesWhy(t: Test, target: 'real' | 'embedded', start: (count: number) => Promise<NewSite | undefined>) {
  const cases = failureCases(join(import.meta.dirname, 'failures')).filter(
    ({ name, targets }) => targets.includes(target) && (chosen?.includes(name) ?? true),
  )
  const newSite = await start(cases.length)
  if (newSite === undefined) return
  const played = await playAll(cases, newSite)
  tell(t, target, played)
  const missed = played.filter(({ isRight }) => !isRight)
  const names = (calm: boolean) => missed.filter(({ one }) => one.calm === calm).map(({ one }) => one.name)
  t.strictSame(names(true), [], 'no alarm is raised where nothing is wrong')
  t.ok(names(false).length <= mayMiss, `of the failures at most ${mayMiss} are named wrongly: ${names(false)}`)
}

t.setTimeout(10 * 60_000)
// Both wait for minutes to pass.
t.jobs = 2

t.test('why names the first cause of injected failures (embedded)', t =>
  provesWhy(t, 'embedded', count => embeddedSites(t, count)),
)

t.test('why names the first cause of injected failures (real cluster)', t => provesWhy(t, 'real', () => realSites(t)))
