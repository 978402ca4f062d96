import t from 'tap'
import type { Action } from '../../../src/kubeusers/plan/actions.ts'
import type { PassPlan } from '../../../src/kubeusers/plan/plan-pass.ts'
import { actionText, isCurrentWaiting, planText, waitingText } from '../../../src/kubeusers/render.ts'

const evidence = {
  ...{ now: 0, clusterNow: 0, listed: 9, served: 9, missing: 0, newlyDisabled: 0 },
  ...{ unreadable: 0, homeless: 0, removedLately: 0 },
}
const plan = (more: Partial<PassPlan> = {}): PassPlan => ({
  ...{ tools: [], evidence, frozen: [], waiting: undefined, spends: undefined },
  ...more,
})
const waiting = {
  hash: 'abc',
  reasons: ['one', 'two\u001b[2J'],
  removals: [
    { tool: 'a', what: 'shut-off', reason: 'it is gone\n' },
    { tool: 'b', what: 'delete', reason: 'long gone' },
    { tool: 'c', what: 'disable', reason: 'locked' },
  ],
} as const
const waitingLines = `3 removals wait:
  a: shut off (it is gone?)
  b: delete (long gone)
  c: shut off (locked)
because one; two?[2J.
If they are right: kubeusers confirm abc
`

t.test('each action is told in words, without what a terminal would obey', async t => {
  const rows: [Action, string][] = [
    [{ do: 'namespace', how: 'make' }, 'make the namespace'],
    [{ do: 'policy', how: 'repair' }, 'repair the network policy'],
    [{ do: 'home', how: 'mend' }, 'mend the home'],
    [{ do: 'certificate', why: 'it is new', newKey: false }, 'issue a certificate (it is new)'],
    [{ do: 'certificate', why: 'x\u0007', newKey: true }, 'issue a certificate (x?, with a new key)'],
    [{ do: 'missing', is: true }, 'note that the directory lacks it'],
    [{ do: 'missing', is: false }, 'note that the directory has it again'],
    [{ do: 'shut-off', because: 'absent', reason: 'gone\n' }, 'shut off (gone?)'],
    [{ do: 'deny' }, 'put on the deny list'],
    [{ do: 'delete' }, 'delete the namespace with all in it'],
  ]
  for (const [action, text] of rows) t.equal(actionText(action), text)
})

t.test('a plan has a line for each tool', async t => {
  t.equal(planText(plan()), 'All 9 tools are as they should be.\n')
  const tools = [
    { tool: 'a', actions: [{ do: 'deny' }, { do: 'unbind' }] as const, remarks: [], wanted: undefined },
    { tool: 'b', actions: [], remarks: ['it is odd\u0000'], wanted: undefined },
  ]
  t.equal(
    planText(plan({ tools, frozen: ['the clocks differ'], waiting })),
    `a: put on the deny list, remove the role binding
b: it is odd?
Frozen, nothing is taken away for absence: the clocks differ.
${waitingLines}`,
  )
})

t.test('what waits is told with the way to agree', async t => {
  t.equal(waitingText(undefined), 'Nothing waits.\n')
  t.equal(waitingText(waiting), waitingLines)
  t.equal(isCurrentWaiting(waiting, 'abc'), true)
  t.equal(isCurrentWaiting(waiting, 'abcd'), false)
  t.equal(isCurrentWaiting(undefined, 'abc'), false)
})
