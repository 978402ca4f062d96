import { errorsOf } from '../../src/api/openapi.ts'
import { operationIds } from '../../src/api/paths.ts'
import { type ErrorCode, errorStatus } from '../../src/contract/errors.ts'
import { type OperationId, operations } from '../../src/contract/operations.ts'

/** One line of `hooks.py`: an answer that came. */
export interface Answer {
  kind: 'answer'
  operation: OperationId
  /** Whether the request was one of the operation's method; others show what an unknown method is answered. */
  isAsked: boolean
  status: number
  /** Of a refusal. */
  code: string | null
  phase: string
}

/** One line of `hooks.py`: a check that an answer did not stand, or a connection that broke. */
export interface Failure {
  kind: 'failure'
  check: string
  /** Method and path of the operation. */
  label: string
  /** 0 where no answer came. */
  status: number
  message: string
  answer: string
  /** How to send it again; the certificate has to be added. */
  curl: string
}

/** A way in which an operation is documented to answer: its success, or a code of its refusals. */
export type Way = `${OperationId} ${'done' | ErrorCode}`

/** What is left to the contract tests: who is not let in at all, too many changes, and what is the service's own trouble. */
const isLeftOut = (code: ErrorCode): boolean =>
  code === 'not_verified' || code === 'too_many' || errorStatus[code] >= 500

/** All ways that must be seen. */
export const documentedWays: readonly Way[] = operationIds.flatMap(id => [
  `${id} done` as const,
  ...errorsOf(id)
    .filter(code => !isLeftOut(code))
    .map(code => `${id} ${code}` as const),
])

export const wayOf = ({ operation, status, code }: Pick<Answer, 'operation' | 'status' | 'code'>): string =>
  `${operation} ${status === operations[operation].status ? 'done' : code}`

/** What a run showed. */
export interface Outcome {
  seed: number
  requests: number
  seconds: number
  answers: readonly Answer[]
  failures: readonly Failure[]
  /** What schemathesis itself could not do, in its words. */
  errors: readonly string[]
  /** Ways that only deliberate requests showed. */
  provoked: readonly string[]
}

/** Documented ways that nothing showed. */
export function unseenWays({ answers, provoked }: Pick<Outcome, 'answers' | 'provoked'>): Way[] {
  const seen = new Set([...answers.filter(({ isAsked }) => isAsked).map(wayOf), ...provoked])
  return documentedWays.filter(way => !seen.has(way))
}

const countBy = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1)
  return counts
}

/** Answers by operation, status and code; those to a method that an operation does not have as `other method`. */
export const tableOf = (answers: readonly Answer[]): Map<string, Map<string, number>> =>
  new Map(
    [...Map.groupBy(answers, ({ operation }) => operation)]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([operation, own]) => [
        operation,
        countBy(own, ({ isAsked, status, code }) =>
          isAsked ? `${status}${code === null ? '' : ` ${code}`}` : `${status} other method`,
        ),
      ]),
  )

/** Part of the answers that were 429, 0 to 1. */
export const busyShare = (answers: readonly Answer[]): number =>
  answers.length === 0 ? 0 : answers.filter(({ status }) => status === 429).length / answers.length

const mostBusy = 0.01

/** All that is wrong with a run that was to send so many requests, in sentences; empty when it passed. */
export function problemsOf(outcome: Outcome, wanted: number): string[] {
  const { answers, failures, errors, requests } = outcome
  const busy = busyShare(answers)
  const serverErrors = answers.filter(({ status }) => status >= 500).length
  return [
    ...(requests < wanted ? [`only ${requests} requests of ${wanted}`] : []),
    ...(busy >= mostBusy ? [`${(busy * 100).toFixed(1)} % of the answers are 429`] : []),
    ...(serverErrors > 0 ? [`${serverErrors} answers of 500 or more`] : []),
    ...unseenWays(outcome).map(way => `never seen: ${way}`),
    ...errors,
    ...failures.map(
      ({ label, check, status, message, answer, curl }) =>
        `${label}: ${check}, answered ${status}\n  ${message.replaceAll('\n', '\n  ')}\n  ${answer}\n  ${curl}`,
    ),
  ]
}
