import { listAt, textAt } from '../json.ts'
import { type Asking, isOfFault } from './asking.ts'
import { absent, type Model, type State, stateOf } from './model.ts'
import { oneOf } from './random.ts'
import { jobNames } from './writer.ts'

export interface ReaderDeps {
  readonly asking: Asking
  readonly model: Model
  readonly random: () => number
}

const stateIn = (jobs: readonly unknown[], name: string) => {
  const found = jobs.find(job => textAt(job, 'name') === name)
  return typeof found === 'object' && found !== null ? stateOf(found) : absent
}

/** The states of these jobs as an answer lists them. */
export const statesIn = (body: unknown, names: readonly string[]): Map<string, State> => {
  const jobs = listAt(body, 'jobs')
  return new Map(names.map(name => [name, stateIn(jobs, name)]))
}

/** Lists all jobs, and holds the list against the model; gives false when it was refused. */
export async function readList({ asking, model }: Omit<ReaderDeps, 'random'>): Promise<boolean> {
  const looked = model.look()
  const answer = await asking.ask('GET', '/jobs')
  if (answer.code !== undefined) {
    if (!isOfFault(answer)) asking.wrong.push(`list: ${answer.status} ${JSON.stringify(answer.body)}`)
    return false
  }
  const jobs = listAt(answer.body, 'jobs')
  asking.wrong.push(...model.wrong(looked, name => stateIn(jobs, name)).map(text => `list: ${text}`))
  const twice = jobs.map(job => textAt(job, 'name')).filter((name, index, all) => all.indexOf(name) !== index)
  asking.wrong.push(...twice.map(name => `list: ${name} is there twice`))
  return true
}

/** Shows one job, and holds it against the model. */
export async function readOne({ asking, model, random }: ReaderDeps): Promise<void> {
  const name = oneOf(jobNames, random)
  const looked = model.look()
  const answer = await asking.ask('GET', `/jobs/${name}`)
  if (answer.code !== undefined && answer.code !== 'not_found') {
    if (!isOfFault(answer)) asking.wrong.push(`show ${name}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return
  }
  const shown = answer.code === undefined ? stateIn([Reflect.get(Object(answer.body), 'job')], name) : absent
  const here = new Map([...looked].filter(([one]) => one === name))
  asking.wrong.push(...model.wrong(here, () => shown).map(text => `show: ${text}`))
}
