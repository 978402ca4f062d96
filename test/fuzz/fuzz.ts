import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApi } from '../support/api.ts'
import { type Outcome, unseenWays } from './outcome.ts'
import { provoke } from './provoke.ts'
import { type RoundResult, runSchemathesis, type Target } from './schemathesis.ts'

export interface FuzzOptions {
  /** At least so many. */
  requests: number
  seed: number
  /** Leaves out the paths that mean the same as others. */
  onlyMain?: boolean
  /** Told now and then how far it is. */
  progress?(text: string): void
}

/** Things to end, the last first. */
export interface Ends {
  teardown(end: () => unknown): void
}

const tool = 'tf-test'

/** So that hardly any answer is 429, and none is 503 because the tool has too much to do. */
const limits = { writes_per_minute: 1_000_000, write_burst: 1_000_000, requests_per_tool: 1000, streams_per_tool: 1000 }

/** What there is room for, so that most jobs can be made; some of what is asked for is still more. */
const quota = {
  'requests.cpu': '20',
  'requests.memory': '60Gi',
  'limits.cpu': '20',
  'limits.memory': '60Gi',
  pods: '40',
  services: '4',
  'count/deployments.apps': '8',
}

/** The service before the embedded control plane, without pods: what a fuzzer thinks of as a command is not run. */
async function startTarget(t: Ends): Promise<Target> {
  const api = await startApi(t, {
    tools: [tool, 'tf-other'],
    pods: 'none',
    config: { limits, log: { level: 'error' } },
  })
  const path = `/api/v1/namespaces/tool-${tool}/resourcequotas/tool-${tool}`
  const type = 'application/merge-patch+json'
  const changed = await api.admin.call('PATCH', path, { type, body: { spec: { hard: quota } } })
  if (changed.status !== 200) throw new Error(`the quota cannot be raised: ${changed.text}`)
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = (name: string, text = '') => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  for (const name of ['hello', 'nightly', 'listener'])
    writeFileSync(join(api.homes, tool, `${name}.out`), 'one line\nanother\n')
  const pair = api.pairOf(tool)
  const files = {
    ca: file('ca.crt', api.ca),
    certificate: file('client.crt', pair?.certificate),
    key: file('client.key', pair?.key),
  }
  return { url: api.url, tool, files, folder }
}

/**
 * Sends generated requests, right and wrong ones, until there were so many, and then deliberate ones for each documented
 * answer that those did not show. The same seed gives the same requests, as far as answers do not depend on time.
 */
export async function fuzz(t: Ends, options: FuzzOptions): Promise<Outcome> {
  const { requests, seed, onlyMain = false, progress = () => undefined } = options
  const began = performance.now()
  const target = await startTarget(t)
  const all: RoundResult = { answers: [], failures: [], errors: [] }
  for (let round = 0; round === 0 || all.answers.length < requests; round++) {
    const left = requests - all.answers.length
    const { answers, failures, errors } = await runSchemathesis(target, {
      seed: seed + round,
      // Coverage enumerates: another seed gives the same.
      phases: round === 0 ? ['examples', 'coverage', 'fuzzing', 'stateful'] : ['fuzzing', 'stateful'],
      examples: round === 0 ? 20 : Math.min(200, Math.max(20, Math.ceil(left / 30))),
      onlyMain,
    })
    all.answers.push(...answers)
    all.failures.push(...failures)
    all.errors.push(...errors)
    progress(`round ${round + 1}: ${all.answers.length} requests, ${all.failures.length} failures`)
    if (answers.length === 0) break
  }
  const { answers, failures, errors } = all
  const unseen = unseenWays({ answers, provoked: [] })
  const provoked = await provoke(t, unseen)
  const seconds = (performance.now() - began) / 1000
  return { seed, requests: answers.length, seconds, answers, failures, errors, provoked }
}
