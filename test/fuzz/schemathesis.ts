import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import type { Answer, Failure } from './outcome.ts'

const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'toolforge-jobs/fuzz-venv')
const program = join(folder, 'bin/schemathesis')

/** Whether `.ci/run venv` was there. */
export const haveSchemathesis = (): boolean => existsSync(program)
export const howToInstall = 'needs schemathesis of PyPI: bash .ci/run venv'

const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'missing_required_header',
  'unsupported_method',
  'allow_header_conformance',
  'use_after_free',
  'ensure_resource_availability',
  'ignored_auth',
  'each_line_conforms',
]

export type Phase = 'examples' | 'coverage' | 'fuzzing' | 'stateful'

/** Whom to ask, and as whom. */
export interface Target {
  url: string
  tool: string
  /** PEM files. */
  files: { ca: string; certificate: string; key: string }
  /** For files of its own. */
  folder: string
}

export interface Round {
  seed: number
  phases: readonly Phase[]
  /** Requests for each operation and phase, about. */
  examples: number
  /** Leaves out the paths that mean the same as others. */
  onlyMain: boolean
}

export interface RoundResult {
  answers: Answer[]
  failures: Failure[]
  errors: string[]
}

function settingsOf({ url, files: { ca, certificate, key } }: Target): string[] {
  return ['--url', url, '--tls-verify', ca, '--request-cert', certificate, '--request-cert-key', key]
}

/** What its own report says went wrong besides checks: then not all was tried that should be. */
function errorsIn(report: string): string[] {
  if (!existsSync(report)) return ['schemathesis wrote no report']
  const { errors, complete }: { errors: { title?: string; message?: string }[]; complete: boolean } = JSON.parse(
    readFileSync(report, 'utf8'),
  )
  const texts = errors.map(error => `schemathesis: ${JSON.stringify(error).slice(0, 2000)}`)
  return complete ? texts : [...texts, 'schemathesis did not come to its end']
}

/** Runs schemathesis over the checkout's `openapi.yaml`; its own output goes nowhere unless it cannot even start. */
export async function runSchemathesis(
  target: Target,
  { seed, phases, examples, onlyMain }: Round,
): Promise<RoundResult> {
  const notes = join(target.folder, `notes-${seed}.ndjson`)
  const report = join(target.folder, `report-${seed}.json`)
  const args = [
    'run',
    join(import.meta.dirname, '../../openapi.yaml'),
    ...settingsOf(target),
    ...['--checks', checks.join(','), '--phases', phases.join(',')],
    ...['--seed', String(seed), '--max-examples', String(examples), '--workers', '1', '--request-timeout', '60'],
    ...['--continue-on-failure', '--no-shrink', '--generation-database', 'none', '--warnings', 'off', '--no-color'],
    ...['--suppress-health-check', 'all', '--report', 'json', '--report-json-path', report],
    ...(onlyMain ? ['--exclude-path-regex', '^/v1/'] : []),
  ]
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: target.folder,
    LANG: 'C.UTF-8',
    PYTHONPATH: import.meta.dirname,
    PYTHONDONTWRITEBYTECODE: '1',
    SCHEMATHESIS_HOOKS: 'hooks',
    FUZZ_TOOL: target.tool,
    FUZZ_OUT: notes,
  }
  const child = spawn(program, args, { cwd: target.folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const stop = () => void child.kill('SIGKILL')
  process.once('exit', stop)
  const [output, complaints, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve)),
  ])
  process.off('exit', stop)
  if (!existsSync(notes)) throw new Error(`schemathesis ended with ${code}: ${complaints}${output}`.slice(0, 5000))
  const lines: (Answer | Failure)[] = readFileSync(notes, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  const answers = lines.filter(line => line.kind === 'answer')
  const failures = lines.filter(line => line.kind === 'failure')
  const errors = errorsIn(report)
  const isSilent = failures.length === 0 && errors.length === 0 && code !== 0
  return { answers, failures, errors: isSilent ? [`schemathesis ended with ${code}: ${output.slice(-3000)}`] : errors }
}
