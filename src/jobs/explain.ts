import type { Explanation, Finding } from '../contract/explain-schemas.ts'
import { printable } from '../platform/printable.ts'
import { adviceFor } from './advice.ts'
import type { GivenJob } from './given.ts'
import { nameOf, type Observed } from './observed.ts'
import { parseQuantity } from './quantities.ts'
import { quotaCategories } from './quota.ts'
import { type Cause, finding, sentence, type Verdict } from './status-cause.ts'
import { type Circumstances, verdictOf } from './status-verdict.ts'
import type { KubeLimitRange, KubeQuota } from './wire.ts'

/** What is known besides the job's objects; what is left out is not looked at. */
export interface ExplainView extends Circumstances {
  /** The job as it was given: commands are then complete. */
  readonly given?: GivenJob
  /** Whether the object does what was asked for. */
  readonly upToDate?: boolean
  /** The job's image, and what its list says of it: `stable`, `deprecated`, … */
  readonly image?: { readonly name?: string; readonly state: string }
  readonly quotas?: readonly KubeQuota[]
  readonly limits?: readonly KubeLimitRange[]
}

/** Why a job is as it is: the first cause, how one sees it from the job inwards, and what mends it. */
export function explain(observed: Observed, view: ExplainView): Explanation {
  const verdict = verdictOf(observed, view)
  const cause = firstCause(verdict, view)
  const name = nameOf(observed.workload.object)
  const { advice, commands } = adviceFor(cause, {
    name,
    observed,
    given: view.given,
    mostMemory: mostOf('Memory', view.limits),
  })
  return {
    name: printable(name, 253),
    short: verdict.short,
    summary: `${[sentence(cause), ...verdict.notes].join('. ')}.`,
    code: cause.code,
    findings: unique([...(cause.findings ?? []), ...besides(cause, view)]),
    advice,
    commands,
  }
}

/** That something else runs than was asked for is the cause only where nothing is wrong with what runs. */
function firstCause({ cause }: Verdict, { upToDate = true }: ExplainView): Cause {
  const isWell = ['running_well', 'finished_well', 'waiting_for_schedule'].includes(cause.code)
  if (upToDate || !isWell) return cause
  return {
    ...cause,
    code: 'out_of_sync',
    says: 'What runs differs from what was asked for',
    todo: 'delete the job and run it again',
  }
}

const aboutImages = ['image_not_found', 'image_pull_denied', 'image_pull_failed', 'image_name_invalid']

/** What was looked at beside the job's own objects, where it bears on the cause. */
const besides = (cause: Cause, view: ExplainView): Finding[] => [
  ...imageFindings(cause, view),
  ...quotaFindings(cause, view),
]

function imageFindings({ code }: Cause, { image }: ExplainView): Finding[] {
  if (image === undefined || (image.state === 'stable' && !aboutImages.includes(code))) return []
  const name = image.name === undefined ? '' : `/${printable(image.name)}`
  return [finding(`image${name}`, `is ${printable(image.state)}`)]
}

/** What is used up, or what a single job may have; the latter has no amount in use. */
function quotaFindings({ code }: Cause, { quotas = [], limits = [] }: ExplainView): Finding[] {
  if (code !== 'quota_exceeded' && code !== 'limit_range') return []
  return quotaCategories(quotas, limits).flatMap(({ name, items }) =>
    items
      .filter(({ limit, used }) => (code === 'limit_range' ? used === undefined : isUsedUp(limit, used)))
      .map(({ name: item, limit, used }) =>
        finding('quota', `${name}, ${item}: ${used === undefined ? '' : `${printable(used)} of `}${printable(limit)}`),
      ),
  )
}

/** Whether hardly anything is left: what one more job asks for may not fit. */
function isUsedUp(limit: string, used: string | undefined): boolean {
  if (used === undefined) return false
  const [most, some] = [parseQuantity(limit), parseQuantity(used)]
  return most === undefined || some === undefined || some * 2n >= most
}

/** The most that a single job may have, of what people call so. */
const mostOf = (name: string, limits: readonly KubeLimitRange[] = []): string | undefined =>
  quotaCategories([], limits)
    .flatMap(({ items }) => items)
    .find(item => item.name === name)?.limit

const unique = (findings: readonly Finding[]): Finding[] => [
  ...new Map(findings.map(one => [`${one.object}\n${one.says}`, one])).values(),
]
