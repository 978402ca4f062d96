import { printable } from '../platform/printable.ts'
import { about, program, runLine } from './advice-run.ts'
import type { GivenJob } from './given.ts'
import { itemsOf } from './lenient.ts'
import { endOf, type Observed } from './observed.ts'
import { podFacts } from './pod-status.ts'
import { formatQuantity, parseQuantity } from './quantities.ts'
import type { Cause, CauseCode } from './status-cause.ts'
import { memoryLimitOf } from './status-end.ts'
import { joinWords, splitWords } from './words.ts'

export interface AdviceContext {
  readonly name: string
  readonly observed: Observed
  readonly given?: GivenJob | undefined
  /** The most memory that a single job may have. */
  readonly mostMemory?: string | undefined
}

export interface Advice {
  readonly advice: string[]
  /** As they are typed. */
  readonly commands: string[]
}

/** What to do about a cause. */
export function adviceFor(cause: Cause, context: AdviceContext): Advice {
  const more = remedies[cause.code]({ ...context, name: printable(context.name, 253) })
  const first = cause.todo === undefined ? [] : [asSentence(cause.todo)]
  return { advice: [...first, ...(more.advice ?? [])], commands: [...(more.commands ?? [])] }
}

const asSentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`

type Remedy = (context: AdviceContext) => Partial<Advice>

const nothing: Remedy = () => ({})
const show: Remedy = ({ name }) => ({ commands: [about('show', name)] })
const logs: Remedy = ({ name }) => ({ commands: [about('logs', name)] })

/** Makes the job anew; only a one-off that has ended gives way by itself. */
function again({ name, given, observed }: AdviceContext, changes: Partial<GivenJob> = {}): string[] {
  if (given === undefined) return [about('delete', name)]
  const { workload } = observed
  const givesWay = workload.kind === 'jobs' && endOf(workload.object) !== undefined
  const line = runLine({ ...given, ...changes })
  // A command of several lines is better written anew than copied from a terminal.
  return [...(givesWay ? [] : [about('delete', name)]), ...(/\p{C}/u.test(line) ? [] : [line])]
}

/** Runs what there is once more: what is scheduled or continuous need not be made anew for that. */
const once: Remedy = context =>
  context.observed.workload.kind === 'jobs'
    ? { commands: again(context) }
    : { commands: [about('restart', context.name)] }

function doubled(memory: string, most: string | undefined): string | undefined {
  const value = parseQuantity(memory)
  if (value === undefined || value <= 0n) return undefined
  const limit = most === undefined ? undefined : parseQuantity(most)
  if (limit === undefined || value * 2n <= limit)
    return formatQuantity(value * 2n, memory.endsWith('i') ? 'binary' : 'decimal')
  return limit > value ? most : undefined
}

const moreMemory: Remedy = context => {
  const { observed, given, mostMemory } = context
  const limit =
    itemsOf(observed.pods)
      .map(podFacts)
      .map(memoryLimitOf)
      .findLast(text => text !== '') ?? given?.memory
  const memory = limit === undefined ? undefined : doubled(limit, mostMemory)
  if (memory === undefined)
    return {
      advice: [
        'It has the most memory that a job may have already: let it need less, or ask the administrators for more.',
      ],
      commands: [`${program} quota`],
    }
  return { commands: again(context, { memory }) }
}

const moreTime: Remedy = context => {
  const { given } = context
  if (given?.job_type !== 'scheduled' || given.timeout === undefined || given.timeout === 0) return logs(context)
  return { commands: again(context, { timeout: given.timeout * 2 }) }
}

const makeExecutable: Remedy = context => {
  const [file = ''] = splitWords(context.given?.cmd ?? '') ?? []
  if (!/^[\w./-]*\/[\w./-]+$/.test(file)) return logs(context)
  return {
    advice: [
      'Its first line must name the program that runs it, such as #!/bin/sh, without a carriage return behind it.',
    ],
    commands: [`chmod +x ${file}`, ...(once(context).commands ?? [])],
  }
}

const lessMemory: Remedy = context => {
  const { given, mostMemory } = context
  const [asked, most] = [parseQuantity(given?.memory ?? ''), parseQuantity(mostMemory ?? '')]
  const isTooMuch = asked !== undefined && most !== undefined && asked > most
  return {
    commands: [`${program} quota`, ...(isTooMuch && mostMemory ? again(context, { memory: mostMemory }) : [])],
  }
}

const unsuspend = (kind: string, name: string): string =>
  `kubectl patch ${kind} ${joinWords([name])} --type merge -p '{"spec":{"suspend":false}}'`

/** Nothing here suspends a job; whoever did used Kubernetes itself. */
const resume: Remedy = ({ name, observed: { workload } }) => {
  switch (workload.kind) {
    case 'jobs':
      return { commands: [unsuspend('job', name)] }
    case 'cronjobs':
      return { commands: [unsuspend('cronjob', name), about('restart', name)] }
    case 'deployments':
      return { commands: [`kubectl rollout resume deployment ${joinWords([name])}`] }
  }
}

const remedies: Record<CauseCode, Remedy> = {
  starting: show,
  running_well: nothing,
  finished_well: logs,
  waiting_for_schedule: ({ name }) => ({
    advice: ['To run it now, restart it.'],
    commands: [about('restart', name)],
  }),
  rolling_out: show,
  suspended: resume,
  stopped: context => ({ commands: again(context, { replicas: 1 }) }),
  being_deleted: nothing,
  exit_code: logs,
  command_not_found: ({ name }) => ({
    advice: ['The command is looked for in the folders of PATH and, with a slash in it, from the home of the tool on.'],
    commands: [about('show', name), about('logs', name)],
  }),
  not_executable: makeExecutable,
  out_of_memory: moreMemory,
  crash_loop: logs,
  health_check_failing: logs,
  deadline_exceeded: moreTime,
  image_not_found: ({ name }) => ({ commands: [`${program} images`, about('delete', name)] }),
  image_pull_denied: ({ name }) => ({ commands: [`${program} images`, about('delete', name)] }),
  image_name_invalid: ({ name }) => ({ commands: [`${program} images`, about('delete', name)] }),
  image_pull_failed: show,
  config_error: ({ name }) => ({ commands: [about('show', name), about('delete', name)] }),
  volume_missing: show,
  schedule_invalid: ({ name }) => ({ commands: [about('show', name), about('delete', name)] }),
  previous_run_still_running: logs,
  quota_exceeded: () => ({
    advice: ['See what is used up, and delete what is not needed.'],
    commands: [`${program} quota`, `${program} list`],
  }),
  limit_range: lessMemory,
  admission_denied: ({ name }) => ({ commands: [about('show', name), about('delete', name)] }),
  unschedulable: show,
  start_deadline_missed: ({ name }) => ({ commands: [about('restart', name)] }),
  never_scheduled: ({ name }) => ({ commands: [about('restart', name)] }),
  start_failed: logs,
  evicted: once,
  node_lost: once,
  cluster_trouble: show,
  result_lost: logs,
  out_of_sync: context => ({ commands: again(context) }),
}
