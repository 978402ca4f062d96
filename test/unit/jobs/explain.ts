import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { parse } from 'yaml'
import { explain } from '../../../src/jobs/explain.ts'
import { type Lists, type Observed, observe } from '../../../src/jobs/observed.ts'
import { statusOf } from '../../../src/jobs/status.ts'
import { causeCodes } from '../../../src/jobs/status-cause.ts'
import { aJob, anEvent, endedWith, runningSince, waitingFor } from '../../support/job-objects.ts'

const now = Date.parse('2026-11-22T11:02:00Z')
const one = (lists: Lists) => {
  const [observed] = observe(lists)
  if (observed === undefined) throw new Error('there is no job in these lists')
  return observed
}

t.test('it goes from the job to the first cause, and names what mends it', async t => {
  const job = aJob({
    conditions: [
      { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', lastTransitionTime: '2026-11-22T11:01:00Z' },
    ],
  })
  const pod = endedWith(137, { reason: 'OOMKilled' })
  const given = { job_type: 'one-off', name: 'one', imagename: 'bookworm', cmd: 'make all' } as const
  t.strictSame(explain(one({ jobs: [job], pods: [pod] }), { now, given, image: { state: 'stable' } }), {
    name: 'one',
    short: 'failed',
    summary: 'Out of memory: it needed more than its limit of 512Mi; run it with more memory.',
    code: 'out_of_memory',
    findings: [
      { object: 'job/one', says: 'failed: BackoffLimitExceeded', since: '2026-11-22T11:01:00Z' },
      { object: 'pod/one-abcde', says: 'its process ended with exit code 137 (OOMKilled)' },
    ],
    advice: ['Run it with more memory.'],
    commands: [`toolforge-jobs run one --command 'make all' --image bookworm --mem 1Gi`],
  })
})

t.test('an image that is not stable is told, and every image where it is in question', async t => {
  const running = one({ jobs: [aJob()], pods: [runningSince('2026-11-22T11:00:00Z')] })
  const images = (image: { name?: string; state: string }, observed = running) =>
    explain(observed, { now, image }).findings.filter(({ object }) => object.startsWith('image'))
  t.strictSame(images({ name: 'php7.4', state: 'deprecated' }), [{ object: 'image/php7.4', says: 'is deprecated' }])
  t.strictSame(images({ state: 'stable' }), [])
  const pulling = one({ jobs: [aJob()], pods: [waitingFor('ErrImagePull', 'code = NotFound')] })
  t.strictSame(images({ state: 'stable' }, pulling), [{ object: 'image', says: 'is stable' }])
})

t.test('quotas and limits are told where they are the cause', async t => {
  const quotas = [
    { status: { hard: { pods: '10', 'limits.memory': '8Gi' }, used: { pods: '1', 'limits.memory': '8Gi' } } },
  ]
  const limits = [{ spec: { limits: [{ type: 'Container', max: { memory: '4Gi' } }] } }]
  const refused = (message: string) =>
    one({
      jobs: [aJob()],
      events: [anEvent({ reason: 'FailedCreate', message, lastTimestamp: '2026-11-22T11:00:00Z' })],
    })
  const says = (message: string) =>
    explain(refused(message), { now, quotas, limits })
      .findings.map(({ object, says }) => `${object}: ${says}`)
      .filter(text => /^quota: \w+ jobs,|^quota: Per-job/.test(text))
  t.strictSame(
    says('exceeded quota: q, requested: limits.memory=1Gi, used: limits.memory=8Gi, limited: limits.memory=8Gi'),
    ['quota: Running jobs, Memory: 8Gi of 8Gi'],
  )
  t.strictSame(says('maximum memory usage per Container is 4Gi, but limit is 8Gi'), [
    'quota: Per-job limits, Memory: 4Gi',
  ])
  t.strictSame(says('no'), [])
})

t.test('that something else runs is the cause only where nothing is wrong with what runs', async t => {
  const code = (pod: Parameters<typeof endedWith>[0] | undefined) =>
    explain(
      one({
        jobs: [aJob()],
        pods: [
          pod === undefined ? runningSince('2026-11-22T11:00:00Z') : waitingFor('ErrImagePull', 'code = NotFound'),
        ],
      }),
      {
        now,
        upToDate: false,
      },
    ).code
  t.equal(code(undefined), 'out_of_sync')
  t.equal(code(1), 'image_not_found')
})

/** Objects as clusters wrote them; each tampered with at some places. */
const recorded: { lists: Lists; now: string }[] = parse(
  readFileSync(new URL('situations/recorded.yaml', import.meta.url), 'utf8'),
)

const junk = [
  null,
  '',
  'x\u001b[2J\u202e\n\u0000',
  -1,
  1e300,
  0,
  true,
  [],
  {},
  [null],
  ['a', { a: null }],
  '9999-99-99',
  '2026-11-22T10:00:00Z',
]

/** Puts junk at one place of a tree, or takes away what is there; the picks say where and what. */
function tamper(tree: unknown, picks: readonly number[]): unknown {
  const copy: unknown = structuredClone(tree)
  let at = copy
  for (const pick of picks) {
    const next = stepInto(at, pick)
    if (next === undefined) break
    at = next
  }
  return copy
}

/** Goes one level down, or changes something there and gives undefined. */
function stepInto(at: unknown, pick: number): object | undefined {
  if (typeof at !== 'object' || at === null) return undefined
  const keys = Object.keys(at)
  const key = keys[pick % Math.max(1, keys.length)]
  if (key === undefined) return undefined
  const child: unknown = Reflect.get(at, key)
  if (typeof child === 'object' && child !== null && pick % 7 !== 0) return child
  if (pick % 3 === 0) Reflect.deleteProperty(at, key)
  else Reflect.set(at, key, junk[pick % junk.length])
  return undefined
}

/** @throws Error when status and explanation of a job are not fit to be shown. */
function checkShown(observed: Observed, view: { now: number }): void {
  const { status, status_short, status_long } = statusOf(observed, { ...view, upToDate: true })
  const { code, short, name, summary, findings, advice, commands } = explain(observed, view)
  if (!causeCodes.some(known => known === code)) throw new Error(`unknown code ${code}`)
  if (short !== status.short) throw new Error('status and explanation differ')
  const found = findings.flatMap(({ object, says, since = '-' }) => [object, says, since])
  const texts = [...status.messages, status_short, status_long, summary, ...advice, ...commands, ...found]
  const times = [status.duration ?? '-', status.previous_schedule ?? '-']
  for (const text of [`name ${name}`, ...texts, ...times])
    if (text === '' || /[^ -~]|undefined|NaN/.test(text)) throw new Error(JSON.stringify(text))
}

t.test('whatever is missing or broken in the objects, there is one cause, in printable text', async () => {
  const pick = fc.array(fc.nat(10_000), { minLength: 2, maxLength: 12 })
  fc.assert(
    fc.property(fc.constantFrom(...recorded), fc.array(pick, { minLength: 1, maxLength: 5 }), (situation, places) => {
      const { lists, now } = situation
      const broken = Object.entries(lists).map(([kind, items]) => [kind, places.reduce<unknown>(tamper, items)])
      for (const observed of observe(Object.fromEntries(broken))) checkShown(observed, { now: Date.parse(now) })
    }),
    { numRuns: 1000 },
  )
})
