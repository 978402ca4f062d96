import type { JobAsSent } from '../../../src/contract/schemas.ts'

/** A job as far as the load sets it, as text; `absent` where there is none. */
export type State = string
export const absent: State = 'absent'

export type Spec = Pick<JobAsSent, 'name' | 'job_type' | 'cmd' | 'schedule' | 'port'>

/** Of a job as it was sent, or as it is shown. */
export function stateOf(job: object): State {
  const { job_type, cmd, schedule, port }: Partial<Spec> = job
  return JSON.stringify([job_type, cmd, schedule ?? null, port ?? null])
}

interface Known {
  /** More than one after a call that was refused: it may have been done or not. */
  readonly states: ReadonlySet<State>
  /** Raised when a call that may change it begins, and when it ends. */
  readonly epoch: number
  readonly isChanging: boolean
}

const nothing: Known = { states: new Set([absent]), epoch: 0, isChanging: false }

/** What each job of a tool may be, by what was asked for and what was answered. */
export function createModel(names: readonly string[]) {
  const jobs = new Map<string, Known>(names.map(name => [name, nothing]))
  const known = (name: string): Known => jobs.get(name) ?? nothing
  const change = (name: string, part: Partial<Known>): void =>
    void jobs.set(name, { ...known(name), epoch: known(name).epoch + 1, ...part })

  return {
    names,
    statesOf: (name: string): ReadonlySet<State> => known(name).states,
    isCertain: (name: string): boolean => known(name).states.size === 1,
    isOnly: (name: string, state: State): boolean => known(name).states.size === 1 && known(name).states.has(state),
    may: (name: string, state: State): boolean => known(name).states.has(state),
    begin: (changed: readonly string[]): void => {
      for (const name of changed) change(name, { isChanging: true })
    },
    /** It is so, and all know it. */
    settle: (name: string, state: State): void => change(name, { states: new Set([state]), isChanging: false }),
    /** It is as before, or one of these. */
    widen: (name: string, ...states: State[]): void =>
      change(name, { states: new Set([...known(name).states, ...states]), isChanging: false }),
    /** It is as before, or will be so: until it is asked for again nobody can say what is shown of it. */
    leave: (name: string): void => change(name, { isChanging: true }),
    /** Which jobs stand still now, and how. */
    look: () => new Map([...jobs].filter(([, { isChanging }]) => !isChanging)),
    /** What an answer says wrongly about jobs that nobody changed since `look`; `shown` gives a job's state. */
    wrong(looked: ReadonlyMap<string, Known>, shown: (name: string) => State): string[] {
      return [...looked]
        .filter(([name, { epoch, states }]) => known(name).epoch === epoch && !states.has(shown(name)))
        .map(([name, { states }]) => `${name} is shown as ${shown(name)}, not as ${[...states].join(' or ')}`)
    },
  }
}
export type Model = ReturnType<typeof createModel>
