// `npm run fuzz -- [--requests N] [--seed S] [--json]`: sends generated requests by schemathesis, at length; see fuzz.ts.
// Ends with 1 when anything was not as openapi.yaml says.

import { randomInt } from 'node:crypto'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'
import { busyShare, type Outcome, problemsOf, tableOf, unseenWays } from './outcome.ts'
import { haveSchemathesis, howToInstall } from './schemathesis.ts'

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} must be a whole number of at least 1`)
  return value
}

function print(outcome: Outcome, problems: readonly string[]): void {
  const { seed, requests, seconds, answers, provoked } = outcome
  for (const [operation, counts] of tableOf(answers)) {
    const cells = [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([way, count]) => `${way}: ${count}`)
    console.log(`${operation.padEnd(12)} ${cells.join(', ')}`)
  }
  console.log(`\nonly by deliberate requests: ${provoked.toSorted().join(', ') || 'none'}`)
  for (const problem of problems) console.log(`\n${problem}`)
  const busy = (busyShare(answers) * 100).toFixed(2)
  console.log(
    `\nseed ${seed}: ${requests} requests in ${seconds.toFixed(0)} s, ${busy} % answered 429, ${problems.length} problems`,
  )
}

function printJson(outcome: Outcome, problems: readonly string[]): void {
  const { answers, ...rest } = outcome
  const table = Object.fromEntries([...tableOf(answers)].map(([id, counts]) => [id, Object.fromEntries(counts)]))
  const shown = { ...rest, answers: table, busy: busyShare(answers), unseen: unseenWays(outcome), problems }
  console.log(JSON.stringify(shown, null, 2))
}

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
if (!haveSchemathesis()) throw new Error(howToInstall)
const requests = wholeNumber('requests', values.requests)
const seed = values.seed === undefined ? randomInt(1, 2 ** 31) : wholeNumber('seed', values.seed)
const ends: (() => unknown)[] = []
try {
  console.error(`seed ${seed}`)
  const t = { teardown: (end: () => unknown) => void ends.push(end) }
  const outcome = await fuzz(t, { requests, seed, progress: text => console.error(text) })
  const problems = problemsOf(outcome, requests)
  const show = values.json ? printJson : print
  show(outcome, problems)
  process.exitCode = problems.length === 0 ? 0 : 1
} finally {
  for (const end of ends.reverse()) await end()
}
