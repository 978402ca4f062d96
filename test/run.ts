// `npm test`: all suites in order, each with a budget of time; `node test/run.ts NAME…` runs those named.
// With CI=true a skipped test is a failure: there everything that a suite needs must be installed.

import { spawn } from 'node:child_process'
import { globSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Suite {
  name: string
  what: string
  /** Seconds that it may take on two cores; more is said aloud. */
  budget: number
  /** Globs of tap files, or a command that passes with exit code 0. */
  files?: string[]
  command?: string[]
  /** Test files that run at once. */
  jobs?: number
  env?: Record<string, string>
}

const root = join(import.meta.dirname, '..')

const suites: Suite[] = [
  { name: 'types', what: 'the compiler', budget: 60, command: ['tsc'] },
  { name: 'lint', what: 'lint and format', budget: 60, command: ['biome', 'check', '--error-on-warnings'] },
  {
    name: 'generated',
    what: 'generated files are as their sources',
    budget: 30,
    command: ['node', 'test/generate.ts', '--check'],
  },
  { name: 'meta', what: 'rules of the repository', budget: 60, files: ['test/meta/*.ts'], jobs: 2 },
  { name: 'unit', what: 'one room at a time', budget: 720, files: ['test/unit/**/*.ts'], jobs: 2 },
  {
    name: 'directory',
    what: 'accounts in a file and in a real LDAP server',
    budget: 120,
    files: ['test/contract/directory.ts'],
    jobs: 1,
  },
  {
    name: 'treaty',
    what: 'the control plane, embedded and real',
    budget: 600,
    files: ['test/contract/control-plane.ts'],
    jobs: 1,
  },
  { name: 'contract', what: 'the API over mutual TLS', budget: 600, files: ['test/contract/api/*.ts'], jobs: 2 },
  {
    name: 'views-off',
    what: 'the same API without views',
    budget: 600,
    // What generated requests find does not hang on views.
    files: ['test/contract/api/!(fuzz).ts'],
    jobs: 2,
    env: { TEST_VIEWS: 'off' },
  },
  {
    name: 'faults',
    what: 'the API and kubeusers while all around them fails',
    budget: 1200,
    files: ['test/faults/*.ts'],
    jobs: 1,
  },
  { name: 'e2e', what: 'whole journeys with real clients', budget: 1200, files: ['test/e2e/*.ts'], jobs: 1 },
]

interface Outcome {
  suite: Suite
  passed: number
  failed: number
  skipped: number
  seconds: number
}

const run = (command: string[], env: Suite['env'] = {}) =>
  new Promise<number>((resolve, reject) => {
    const [program = '', ...args] = command
    const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`
    const child = spawn(program, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env, PATH: path },
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 1))
  })

/** tap's own count at the end of its output: `# { total: 3, pass: 1, fail: 1, skip: 1 }`. */
function countsOf(report: string) {
  const line = report.match(/^# \{ total: .*\}$/gm)?.at(-1) ?? ''
  const count = (name: string) => Number(line.match(new RegExp(`${name}: (\\d+)`))?.[1] ?? 0)
  return { total: count('total'), failed: count('fail'), skipped: count('skip') + count('todo') }
}

/** Prints the tables of the suites, what failed and what was skipped, each with the lines that explain it. */
function explain(report: string) {
  const lines = report.split('\n')
  for (const [table] of report.matchAll(/^ *# [^\n]* table[^\n]*\n(?: *# [^\n]*\n)+/gm))
    console.log(table.replace(/^ *# /gm, ''))
  lines.forEach((line, at) => {
    if (/^\s*ok .* # (SKIP|TODO)/i.test(line)) console.log(line.trim().replace(/^ok \d+ - /, 'skipped: '))
    if (!/^\s*not ok /.test(line)) return
    const indent = line.length - line.trimStart().length
    const end = lines.findIndex(
      (next, below) => below > at && new RegExp(`^ {${indent}}(  \\.\\.\\.|(not )?ok )`).test(next),
    )
    console.log(lines.slice(at, Math.min(end === -1 ? at + 40 : end, at + 40)).join('\n'))
  })
}

async function runTap(suite: Suite, files: string[]) {
  mkdirSync(join(root, 'reports'), { recursive: true })
  const file = join(root, 'reports', `${suite.name}.tap`)
  const jobs = `--jobs=${suite.jobs ?? 1}`
  const code = await run(['tap', '--reporter=silent', `--output-file=${file}`, jobs, ...files], suite.env)
  const report = readFileSync(file, 'utf8')
  explain(report)
  const { total, failed, skipped } = countsOf(report)
  const lost = total === 0 || (code !== 0 && failed === 0) ? 1 : 0
  return { passed: total - failed - skipped, failed: failed + lost, skipped }
}

async function runSuite(suite: Suite): Promise<Outcome> {
  console.log(`\n=== ${suite.name}: ${suite.what}`)
  const began = performance.now()
  const files = suite.files?.flatMap(pattern => globSync(pattern, { cwd: root })).sort()
  const counts =
    files === undefined
      ? await run(suite.command ?? []).then(code => ({
          passed: code === 0 ? 1 : 0,
          failed: code === 0 ? 0 : 1,
          skipped: 0,
        }))
      : await runTap(suite, files)
  return { suite, ...counts, seconds: (performance.now() - began) / 1000 }
}

function print(outcomes: Outcome[]) {
  console.log('\nsuite        passed  failed  skipped   seconds  budget')
  for (const { suite, passed, failed, skipped, seconds } of outcomes) {
    const cells = [String(passed).padStart(6), String(failed).padStart(7), String(skipped).padStart(8)]
    const over = seconds > suite.budget ? '  over its budget' : ''
    console.log(
      `${suite.name.padEnd(12)} ${cells.join(' ')} ${seconds.toFixed(1).padStart(9)} ${String(suite.budget).padStart(7)}${over}`,
    )
  }
}

const names = process.argv.slice(2)
const unknown = names.filter(name => !suites.some(suite => suite.name === name))
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(', ')}; there are ${suites.map(suite => suite.name).join(', ')}`)
  process.exit(2)
}

const outcomes: Outcome[] = []
for (const suite of suites) if (names.length === 0 || names.includes(suite.name)) outcomes.push(await runSuite(suite))
print(outcomes)

const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0)
const skipped = sum(outcome => outcome.skipped)
const isCi = process.env['CI'] === 'true'
if (skipped > 0)
  console.log(
    `\n${skipped} skipped: what they need is not on this machine${isCi ? ', and in CI it must be' : ''}; see above`,
  )
console.log(`\n${sum(outcome => outcome.passed)} passed, ${sum(outcome => outcome.failed)} failed, ${skipped} skipped`)
process.exitCode = sum(outcome => outcome.failed) > 0 || (isCi && skipped > 0) ? 1 : 0
