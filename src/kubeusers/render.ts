import { printable } from '../platform/printable.ts'
import type { Action, ToolPlan } from './plan/actions.ts'
import type { PassPlan, Waiting } from './plan/plan-pass.ts'
import type { PeopleAction, PeoplePlan } from './plan/plan-people.ts'

const names: Readonly<Record<Action['do'], string>> = {
  namespace: 'namespace',
  quota: 'quota',
  limits: 'limits',
  policy: 'network policy',
  binding: 'role binding',
  home: 'home',
  certificate: 'issue a certificate',
  kubeconfig: 'write the kubeconfig',
  marker: 'write the marker',
  missing: 'note',
  'shut-off': 'shut off',
  deny: 'put on the deny list',
  unbind: 'remove the role binding',
  'stop-quota': 'allow no pods',
  'stop-workloads': 'stop what runs',
  'disable-home': 'put a useless certificate into the home',
  allow: 'let its certificate in again',
  'resume-workloads': 'let go on what was stopped',
  returned: 'note that it is back',
  delete: 'delete the namespace with all in it',
}

/** One action in words. */
export function actionText(action: Action): string {
  const name = names[action.do]
  if (action.do === 'certificate') return `${name} (${printable(action.why)}${action.newKey ? ', with a new key' : ''})`
  if (action.do === 'shut-off') return `${name} (${printable(action.reason)})`
  if (action.do === 'missing') return `${name} that the directory ${action.is ? 'lacks it' : 'has it again'}`
  return 'how' in action ? `${action.how} the ${name}` : name
}

const toolText = ({ tool, actions, remarks }: ToolPlan): string[] => [
  ...(actions.length === 0 ? [] : [`${tool}: ${actions.map(actionText).join(', ')}`]),
  ...remarks.map(remark => `${tool}: ${printable(remark)}`),
]

/** What waits for an operator, with the way to agree. */
export function waitingText(waiting: Waiting | undefined): string {
  if (waiting === undefined) return 'Nothing waits.\n'
  const { hash, reasons, removals } = waiting
  return [
    `${removals.length} removals wait:`,
    ...removals.map(
      ({ tool, what, reason }) => `  ${tool}: ${what === 'delete' ? 'delete' : 'shut off'} (${printable(reason)})`,
    ),
    `because ${reasons.map(reason => printable(reason)).join('; ')}.`,
    `If they are right: kubeusers confirm ${hash}`,
    '',
  ].join('\n')
}

function peopleActionText(action: PeopleAction): string {
  if (action.do === 'bind') return `${action.binding}: name ${action.users.join(', ') || 'nobody'}`
  const what = { certificate: 'issue a certificate', kubeconfig: 'write', 'disable-home': 'put a useless certificate' }
  return `administrator ${action.person}: ${what[action.do]} (${printable(action.why)})`
}

/** What is to be done for the administrators, a line for each step. */
export const peopleText = ({ actions, remarks }: PeoplePlan): string =>
  [...actions.map(peopleActionText), ...remarks.map(remark => printable(remark))].map(line => `${line}\n`).join('')

/** A plan for people, a line for each tool that something is to be done for. */
export function planText({ tools, frozen, waiting, evidence }: PassPlan): string {
  const lines = tools.flatMap(toolText)
  return [
    ...lines,
    ...frozen.map(reason => `Frozen, nothing is taken away for absence: ${printable(reason)}.`),
    ...(waiting === undefined ? [] : [waitingText(waiting).trimEnd()]),
    lines.length === 0 ? `All ${evidence.served} tools are as they should be.` : '',
  ]
    .filter(line => line !== '')
    .map(line => `${line}\n`)
    .join('')
}

/** Whether a set of removals waits under this hash. */
export const isCurrentWaiting = (waiting: Waiting | undefined, hash: string): boolean => waiting?.hash === hash
