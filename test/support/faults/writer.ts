import { at, listAt, textAt } from '../json.ts'
import { type Answer, type Asking, isOfFault } from './asking.ts'
import { absent, type Model, type Spec, type State, stateOf } from './model.ts'
import { oneOf } from './random.ts'

/** What one tool asks for, one call after another, each answer held against the model. */
export interface Writer {
  /** One call, left to chance. */
  act(): Promise<void>
  /** Repeats what was asked for last of each job of which nobody knows whether it was done, until it is answered. */
  settle(): Promise<void>
}

export interface WriterDeps {
  readonly asking: Asking
  readonly model: Model
  readonly random: () => number
  /** Told of each call, for the test's own report. */
  note(line: string): void
}

export const jobNames = ['o1', 'o2', 's1', 's2', 'c1', 'c2', 'x1'] as const

const schedules = ['1 2 29 2 *', '3 4 29 2 *', '@yearly']

/** A job as a name of the load may be: `o` one-off, `s` scheduled, `c` continuous, `x` one of the latter two. */
export function specOf(name: string, random: () => number): Spec {
  const kind = name.startsWith('x') ? oneOf(['s', 'c'], random) : name.slice(0, 1)
  const cmd = `sleep ${oneOf([1000, 2000], random)}`
  if (kind === 's') return { name, job_type: 'scheduled', cmd, schedule: oneOf(schedules, random) }
  if (kind === 'o') return { name, job_type: 'one-off', cmd }
  const port = oneOf([0, 8080, 8081], random)
  return { name, job_type: 'continuous', cmd, ...(port === 0 ? {} : { port }) }
}

const sent = (spec: Spec) => ({ ...spec, imagename: 'bookworm', filelog: false, cpu: '50m', memory: '100Mi' })

/** A refusal that has nothing to do with faults, where the model says that it may be. */
interface Expectation {
  readonly code: string
  readonly isRight: boolean
}

/** Only a restart that says so may leave a job out. */
const notStartedAgain = 'could not be started again'

export function createWriter({ asking, model, random, note }: WriterDeps): Writer {
  /** By job: how to ask again for what may have been done or not. */
  const unsettled = new Map<string, () => Promise<Answer>>()
  const complain = (text: string, answer?: Answer): void => {
    const said = answer === undefined ? '' : `: ${answer.status} ${JSON.stringify(answer.body)?.slice(0, 300)}`
    asking.wrong.push(`${text}${said}`)
    note(`WRONG ${text}${said}`)
  }

  function refused(what: string, answer: Answer, expected: readonly Expectation[]): void {
    const known = expected.find(({ code }) => code === answer.code)
    if (known?.isRight === true || (known === undefined && isOfFault(answer))) return
    complain(what, answer)
  }

  const isThere = (name: string): boolean => !model.may(name, absent)
  const mayBeThere = (name: string): boolean => !model.isOnly(name, absent)

  async function create(spec: Spec): Promise<Answer> {
    const { name } = spec
    model.begin([name])
    const answer = await asking.ask('POST', '/jobs', sent(spec))
    note(`create ${name} ${stateOf(spec)}: ${answer.status} ${answer.code ?? ''}`)
    if (answer.code === undefined) {
      if (isThere(name)) complain(`${name} was made twice`, answer)
      done(name, stateOf(spec))
    } else {
      refused(`create ${name}`, answer, [{ code: 'exists', isRight: mayBeThere(name) }])
      if (answer.code === 'exists') model.widen(name)
      else unsure(name, [stateOf(spec)], () => create(spec))
    }
    return answer
  }

  function done(name: string, state: State): void {
    model.settle(name, state)
    unsettled.delete(name)
  }

  function unsure(name: string, states: readonly State[], again: () => Promise<Answer>): void {
    model.widen(name, ...states)
    unsettled.set(name, again)
  }

  /** Whether a call that makes this of the job has to put another object in the place of a one-off that runs. */
  const meetsAnother = (spec: Spec): boolean =>
    spec.job_type === 'one-off' && [...model.statesOf(spec.name)].some(one => one !== absent && one !== stateOf(spec))

  async function update(spec: Spec): Promise<Answer> {
    const { name } = spec
    const state = stateOf(spec)
    model.begin([name])
    const answer = await asking.ask('PATCH', '/jobs', sent(spec))
    note(`update ${name} ${state}: ${answer.status} ${answer.code ?? at(answer.body, 'job_changed')}`)
    if (answer.code === undefined) {
      const isChanged = at(answer.body, 'job_changed')
      if (model.isCertain(name) && !unsettled.has(name) && isChanged === model.may(name, state))
        complain(`update ${name} says job_changed ${isChanged}`, answer)
      done(name, state)
    } else {
      refused(`update ${name}`, answer, [{ code: 'exists', isRight: meetsAnother(spec) }])
      if (answer.code === 'exists') model.widen(name)
      else unsure(name, replaced(name, state), () => update(spec))
    }
    return answer
  }

  /** What may be there after a refused change: nothing where one object had to go before the other came. */
  const replaced = (name: string, state: State): State[] => (name.startsWith('x') ? [state, absent] : [state])

  async function remove(name: string): Promise<Answer> {
    model.begin([name])
    const answer = await asking.ask('DELETE', `/jobs/${name}`)
    note(`delete ${name}: ${answer.status} ${answer.code ?? ''}`)
    if (answer.code === undefined) {
      if (!mayBeThere(name)) complain(`${name}, which is not there, was deleted`, answer)
      done(name, absent)
    } else {
      refused(`delete ${name}`, answer, [{ code: 'not_found', isRight: !isThere(name) }])
      if (answer.code === 'not_found') model.widen(name)
      else unsure(name, [absent], () => remove(name))
    }
    return answer
  }

  async function restart(name: string): Promise<Answer> {
    model.begin([name])
    const answer = await asking.ask('POST', `/jobs/${name}/restart`)
    note(`restart ${name}: ${answer.status} ${answer.code ?? ''}`)
    if (answer.code === undefined) {
      if (!mayBeThere(name)) complain(`${name}, which is not there, was restarted`, answer)
      model.widen(name)
    } else {
      refused(`restart ${name}`, answer, [{ code: 'not_found', isRight: !isThere(name) }])
      notRestarted(name, answer)
    }
    return answer
  }

  function notRestarted(name: string, { code, body }: Answer): void {
    if (JSON.stringify(body).includes(notStartedAgain)) model.widen(name, absent)
    // A job that was stopped comes back, if need be after the answer.
    else if (code === 'unavailable') model.leave(name)
    else model.widen(name)
  }

  async function flush(): Promise<Answer> {
    model.begin(model.names)
    const answer = await asking.ask('DELETE', '/jobs')
    note(`flush: ${answer.status} ${answer.code ?? ''}`)
    if (answer.code !== undefined) refused('flush', answer, [])
    for (const name of model.names)
      if (answer.code === undefined) done(name, absent)
      else if (mayBeThere(name)) unsure(name, [absent], () => remove(name))
      else model.widen(name)
    return answer
  }

  /** Checks a plan against what is known, for jobs that nobody is unsure of. */
  function checkPlan(answer: Answer, specs: readonly Spec[]): void {
    for (const job of listAt(answer.body, 'plan', 'jobs')) {
      const name = textAt(job, 'name')
      const spec = specs.find(one => one.name === name)
      if (!model.isCertain(name) || unsettled.has(name)) continue
      const action = textAt(job, 'action')
      const right = spec === undefined ? 'remove' : actionOf(name, spec)
      if (action !== right) complain(`plan: ${action} ${name}, not ${right}`)
    }
  }

  const actionOf = (name: string, spec: Spec): string => {
    if (model.may(name, absent)) return 'create'
    return model.may(name, stateOf(spec)) ? 'keep' : 'change'
  }

  async function plan(specs: readonly Spec[], prune: boolean): Promise<void> {
    const answer = await asking.ask('POST', '/plan', { jobs: specs.map(sent), prune })
    note(`plan ${specs.map(({ name }) => name)}: ${answer.status} ${answer.code ?? ''}`)
    if (answer.code === undefined) checkPlan(answer, specs)
    else refused('plan', answer, [])
  }

  const unnamed = (specs: readonly Spec[]): string[] =>
    model.names.filter(name => !specs.some(spec => spec.name === name))

  async function apply(specs: readonly Spec[], prune: boolean): Promise<Answer> {
    const others = prune ? unnamed(specs) : []
    model.begin([...specs.map(({ name }) => name), ...others])
    const answer = await asking.ask('POST', '/apply', { jobs: specs.map(sent), prune })
    note(`apply ${specs.map(({ name }) => name)}${prune ? ', prune' : ''}: ${answer.status} ${answer.code ?? ''}`)
    if (answer.code !== undefined)
      refused('apply', answer, [{ code: 'bad_request', isRight: specs.some(meetsAnother) }])
    for (const spec of specs) become(answer, spec.name, [replaced(spec.name, stateOf(spec)), () => update(spec)])
    for (const name of others) become(answer, name, [ifThere(name), () => remove(name)])
    return answer
  }

  const ifThere = (name: string): State[] => (mayBeThere(name) ? [absent] : [])

  /** What a plan that was carried out, or was not, made of one job; the first state is the one that is wanted. */
  function become(
    { code }: Answer,
    name: string,
    [states, again]: readonly [readonly State[], () => Promise<Answer>],
  ): void {
    const [wanted] = states
    if (wanted === undefined || code === 'bad_request') model.widen(name)
    else if (code === undefined) done(name, wanted)
    else unsure(name, states, again)
  }

  async function logs(name: string): Promise<void> {
    const answer = await asking.ask('GET', `/jobs/${name}/logs`)
    if (answer.code !== undefined) refused(`logs of ${name}`, answer, [{ code: 'not_found', isRight: true }])
  }

  const several = (): Spec[] => {
    const first = oneOf(jobNames, random)
    const names = new Set([first, oneOf(jobNames, random), oneOf(jobNames, random)])
    return [...names].map(name => specOf(name, random))
  }

  const acts: readonly (() => Promise<unknown>)[] = [
    ...Array.from({ length: 5 }, () => () => create(specOf(oneOf(jobNames, random), random))),
    ...Array.from({ length: 5 }, () => () => update(specOf(oneOf(jobNames, random), random))),
    ...Array.from({ length: 4 }, () => () => remove(oneOf(jobNames, random))),
    ...Array.from({ length: 3 }, () => () => restart(oneOf(jobNames, random))),
    () => plan(several(), random() < 0.3),
    () => apply(several(), false),
    () => apply(several(), random() < 0.5),
    () => logs(oneOf(jobNames, random)),
    () => (random() < 0.3 ? flush() : logs(oneOf(jobNames, random))),
  ]

  return {
    act: async () => void (await oneOf(acts, random)()),
    async settle() {
      for (const [name, again] of unsettled) {
        const answer = await again()
        const isSaid = answer.code === undefined || ['exists', 'not_found'].includes(answer.code)
        if (!isSaid) complain(`${name} asked for again when all is well`, answer)
        unsettled.delete(name)
      }
    },
  }
}
