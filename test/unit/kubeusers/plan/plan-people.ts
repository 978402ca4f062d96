import t from 'tap'
import { type PeopleFacts, type PersonFacts, planPeople } from '../../../../src/kubeusers/plan/plan-people.ts'
import { certificate, rightHome, start } from '../../../support/plan-model.ts'

const person = (more: Partial<PersonFacts> = {}): PersonFacts => ({ name: 'p', uid: 2000, home: rightHome, ...more })
const plan = (people: PersonFacts[], bindings: PeopleFacts['bindings'] = {}) => planPeople({ people, bindings }, start)
const doing = (more: Partial<PersonFacts>) => plan([person(more)]).actions

t.test('a binding names the administrators who are not shut off, and nobody else', async t => {
  const people = [person(), person({ name: 'q' }), person({ name: 'off', disabled: 'left' })]
  const users = ['person:p', 'person:q']
  const of = (present: string[] | undefined) =>
    plan(people, { view: present }).actions.filter(action => action.do === 'bind')
  t.strictSame(of(users), [])
  t.strictSame(of([...users].reverse()), [])
  for (const present of [undefined, [], ['person:p'], [...users, 'person:off'], ['person:p', 'person:x']])
    t.strictSame(of(present), [{ do: 'bind', binding: 'view', users }], `${present}`)
})

t.test('a directory without any administrator takes nothing from those who have the rights', async t => {
  const empty = plan([], { view: ['person:p'] })
  t.strictSame(empty.actions, [])
  t.match(empty.remarks, [/no administrators any more, and view names 1: they stay/])
  t.strictSame(plan([], { view: undefined }), { actions: [], remarks: [] })
})

t.test("a person's own home gets certificate and kubeconfig, and is never made", async t => {
  const step = (what: string, why: unknown) => [{ do: what, person: 'p', uid: 2000, why }]
  const home = (more: object) => ({ home: { ...rightHome, ...more } })
  t.strictSame(doing({}), [])
  t.strictSame(doing(home({ certificate: { problem: 'x' } })), step('certificate', 'its certificate: x'))
  t.match(doing(home({ certificate: certificate({ notAfter: start }) })), step('certificate', /expired/))
  t.strictSame(doing(home({ kubeconfig: 'stale' })), step('kubeconfig', 'its kubeconfig'))
  t.strictSame(doing(home({ home: 'mend' })), step('kubeconfig', 'its kubeconfig'))
  const homeless = plan([person(home({ home: 'missing' }))])
  t.strictSame(homeless.actions, [])
  t.match(homeless.remarks, [/^p has no home/])
  t.match(plan([person({ home: { unreadable: 'it hangs' } })]).remarks, [/^the home of p cannot be used: it hangs$/])
})

t.test('a person who is shut off has no certificate that serves', async t => {
  const disabled = 'left'
  t.strictSame(doing({ disabled }), [{ do: 'disable-home', person: 'p', uid: 2000, why: 'left' }])
  t.strictSame(doing({ disabled, home: { ...rightHome, certificate: { problem: 'x' } } }), [])
  t.strictSame(plan([person({ disabled, home: { ...rightHome, home: 'missing' } })]), { actions: [], remarks: [] })
})
