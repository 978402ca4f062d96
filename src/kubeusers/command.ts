import type { Clock } from '../platform/clock.ts'
import { loadConfig } from '../platform/config.ts'
import { createLog } from '../platform/log.ts'
import { messageOf } from '../platform/message-of.ts'
import {
  exitCodeOf,
  type Output,
  type Program,
  runService,
  type ServiceOptions,
  serviceCommand,
} from '../platform/process.ts'
import { kubeusersConfig } from './config.ts'
import type { Progress } from './engine.ts'
import { isCurrentWaiting, peopleText, planText, waitingText } from './render.ts'
import { createKubeusers, type Kubeusers } from './service.ts'

/** The process around the command. */
export interface CommandWorld extends Output {
  readonly clock: Clock
  /** Ends what is asked for once; a service ends by the process's own signals. */
  readonly signal: AbortSignal
  /** Whether progress is shown on the standard error. */
  readonly isTerminal: boolean
  /** Has the process's signals end `signal`. */
  readonly interrupted: () => void
}

interface Options extends ServiceOptions {
  readonly once?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

const program: Program<typeof kubeusersConfig> = {
  name: 'kubeusers',
  description:
    'Gives every tool of the directory its home, namespace, certificate and rights, and keeps them as they should be',
  schema: kubeusersConfig,
  create: createKubeusers,
  logLevel: ({ log }) => log.level,
  stopLimit: () => 15_000,
}

/** Says how far a pass is, in one line that is written over. */
function showProgress({ isTerminal, err }: CommandWorld): (progress: Progress) => void {
  if (!isTerminal) return () => {}
  return ({ done, of, failed }) => {
    const failures = failed === 0 ? '' : `, ${failed} failed`
    err(`\r${done} of ${of} tools${failures}\u001b[K${done === of ? '\n' : ''}`)
  }
}

type Task = (kubeusers: Kubeusers, options: Options, world: CommandWorld) => Promise<number>

const dryRun: Task = async (kubeusers, { json }, { signal, out }) => {
  const { plan, people } = await kubeusers.dryRun({ signal })
  out(json ? `${JSON.stringify({ plan, people })}\n` : `${planText(plan)}${peopleText(people)}`)
  return 0
}

const once: Task = async (kubeusers, { json }, world) => {
  const report = await kubeusers.once({
    signal: world.signal,
    progress: showProgress(world),
    waiting: holder => world.err(`Waiting for ${holder}, which holds the lease.\n`),
  })
  const { plan, done, failed, seconds } = report
  const { people } = report.reading
  if (json) world.out(`${JSON.stringify({ plan, people, done, failed, seconds })}\n`)
  else {
    for (const { tool, reason } of failed) world.err(`${tool}: ${reason}\n`)
    world.out(
      `${planText(plan)}${peopleText(people)}${done} tools done, ${failed.length} failed, in ${seconds.toFixed(1)} s\n`,
    )
  }
  return failed.length === 0 ? 0 : 1
}

const waiting: Task = (kubeusers, { json }, { out }) =>
  kubeusers.ledger(async ledger => {
    const { waiting } = await ledger.read()
    out(json ? `${JSON.stringify(waiting ?? null)}\n` : waitingText(waiting))
    return 0
  })

const confirm =
  (hash: string): Task =>
  (kubeusers, _options, { clock, out, err }) =>
    kubeusers.ledger(async ledger => {
      const { waiting } = await ledger.read()
      if (!isCurrentWaiting(waiting, hash)) {
        err(
          `Nothing waits under ${hash}. \`kubeusers waiting\` shows what does; a set that changes gets another hash.\n`,
        )
        return 1
      }
      await ledger.change(before => ({ ...before, confirmed: { hash, at: clock.now() } }))
      out(`Confirmed: the next pass carries out these ${waiting?.removals.length ?? 0} removals.\n`)
      return 0
    })

/** What was asked for: the service where it is nothing in particular. */
function taskOf({ once: isOnce, dryRun: isDry }: Options): Task | undefined {
  if (isDry) return dryRun
  return isOnce ? once : undefined
}

async function run(task: Task | undefined, options: Options, world: CommandWorld): Promise<number> {
  if (task === undefined || options.checkConfig) return runService(program, options, world)
  // What is asked for once is told in sentences; its log has only what goes wrong.
  const log = createLog({ level: 'error', service: program.name })
  const kubeusers = createKubeusers(loadConfig(kubeusersConfig, options.config), { clock: world.clock, log })
  world.interrupted()
  return task(kubeusers, options, world).catch(error => {
    world.err(`${messageOf(error)}\n`)
    return 1
  })
}

/** The program: the service, one pass of it, or its plan; and an operator's word on removals. Resolves with the exit code. */
export function kubeusersCommand(args: readonly string[], world: CommandWorld): Promise<number> {
  let task: Task | undefined
  const command = serviceCommand(program, world)
    .option('--once', 'make one pass over all tools, and end')
    .option('--dry-run', 'only say what a pass would do')
    .option('--json', 'print what --once, --dry-run or waiting say as JSON')
    .action((options: Options) => {
      task = taskOf(options)
    })
  command
    .command('waiting')
    .description('show the removals that wait for an operator, and why')
    .action(() => {
      task = waiting
    })
  command
    .command('confirm <hash>')
    .description('agree to exactly the removals that `waiting` shows under this hash; good for a day')
    .action((hash: string) => {
      task = confirm(hash)
    })
  return exitCodeOf(async () => {
    command.parse([...args], { from: 'user' })
    return run(task, command.opts<Options>(), world)
  }, world)
}
