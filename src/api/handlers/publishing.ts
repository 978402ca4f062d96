import { DomainError } from '../../contract/errors.ts'
import { selectorOf } from '../../jobs/labels.ts'
import type { Observed } from '../../jobs/observed.ts'
import { readJob } from '../../jobs/read.ts'
import type { Step } from './planning.ts'
import type { Prepared } from './preparing.ts'
import { isLive, isOurs, nameOf, type Place } from './workloads.ts'

/** A tool has one public address, so one of its jobs can be published. */
export const publishProblem = (other: string): string =>
  `publish: the tool's public address is that of the job '${other}'; publish one of them only`

/** @throws DomainError bad_request when another job of the tool is published. */
export async function checkPublished({ ingress, given }: Prepared, place: Place): Promise<void> {
  if (ingress === undefined) return
  const { cluster, tool, signal } = place
  const { items } = await cluster.list('deployments', { labels: selectorOf(tool, given.job_type), signal })
  const other = items
    .map(object => ({ kind: 'deployments' as const, object }))
    .filter(one => isLive(one) && isOurs(one, tool) && nameOf(one) !== given.name)
    .find(one => readJob(one).complete.publish !== undefined)
  if (other !== undefined) throw new DomainError('bad_request', publishProblem(nameOf(other)))
}

/** The steps of a plan, with what is wrong where more than one job would be published. */
export function withPublishers(steps: readonly Step[], observed: readonly Observed[]): Step[] {
  const names = new Set(steps.map(({ planned }) => planned.name))
  const unlisted = observed
    .filter(({ workload }) => !names.has(nameOf(workload)) && readJob(workload).complete.publish !== undefined)
    .map(({ workload }) => nameOf(workload))
  const listed = steps.filter(({ prepared }) => prepared?.ingress !== undefined).map(({ planned }) => planned.name)
  return steps.map(step => {
    const { planned, prepared } = step
    if (planned.action === 'keep' || prepared?.ingress === undefined) return step
    const other = [...unlisted, ...listed].find(name => name !== planned.name)
    if (other === undefined) return step
    return { ...step, planned: { ...planned, problems: [...planned.problems, publishProblem(other)] } }
  })
}
