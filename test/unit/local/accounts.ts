import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { addTool } from '../../../src/directory/edit.ts'
import { accountsFileOf, editAccounts, prepareAccounts, readAccounts } from '../../../src/local/accounts.ts'
import { systemClock as clock } from '../../../src/platform/clock.ts'
import { createTestClock } from '../../support/test-clock.ts'

const namesIn = (file: string) => readAccounts(file, 7).tools.map(({ name }) => name)

t.test('a new sandbox has one tool, or those that were asked for', async t => {
  const file = accountsFileOf(join(t.testdir(), 'new'))
  await prepareAccounts(file, { tools: [], clock })
  t.same(readAccounts(file, 7), { tools: [{ name: 'tf-test', uid: 7 }], skipped: [] })
  const other = accountsFileOf(t.testdir())
  await prepareAccounts(other, { tools: ['b', 'a', 'b'], clock })
  t.same(namesIn(other), ['b', 'a'], 'in their order')
})

t.test(
  'tools of earlier runs stay, whatever was written to the file, and those that are asked for come to them',
  async t => {
    const dir = t.testdir({ 'accounts.yaml': '# mine\ntools:\n- name: a # first\n- name: b\n  disabled: why\n' })
    const file = accountsFileOf(dir)
    const text = readFileSync(file, 'utf8')
    await prepareAccounts(file, { tools: [], clock })
    await prepareAccounts(file, { tools: ['b'], clock })
    t.equal(readFileSync(file, 'utf8'), text)
    await prepareAccounts(file, { tools: ['c', 'a'], clock })
    t.equal(readFileSync(file, 'utf8'), `${text}- name: c\n`)
    t.match(readAccounts(file, 7).tools, [{ name: 'a' }, { name: 'b', disabled: 'why' }, { name: 'c' }])
  },
)

t.test('what is wrong with the file is said with its name and the line; what is no tool is told', async t => {
  const file = accountsFileOf(t.testdir({ 'accounts.yaml': 'tools:\n- nme: a\n' }))
  t.throws(() => readAccounts(file, 7), { message: /accounts\.yaml: line 2/ })
  await t.rejects(prepareAccounts(file, { tools: ['x'], clock }), /accounts\.yaml: line 2/)
  writeFileSync(file, 'tools: [{ name: A_B }, { name: a }]\n')
  t.match(readAccounts(file, 7), { tools: [{ name: 'a' }], skipped: [{ name: 'A_B' }] })
})

t.test('of several changes at once none is lost', async t => {
  const file = accountsFileOf(t.testdir({ 'accounts.yaml': 'tools: []\n' }))
  const names = Array.from({ length: 10 }, (_, at) => `t-${at}`)
  await Promise.all(names.map(name => editAccounts(file, text => addTool(text, { name }), clock)))
  t.same(namesIn(file).sort(), names)
  t.notOk(existsSync(`${file}.new`))
})

t.test('a change that fails leaves the file as it was, and keeps nobody from the next one', async t => {
  const file = accountsFileOf(t.testdir({ 'accounts.yaml': 'tools: [{ name: a }]\n' }))
  await t.rejects(
    editAccounts(file, text => addTool(text, { name: 'a' }), clock),
    /already/,
  )
  t.same(namesIn(file), ['a'])
  await editAccounts(file, text => addTool(text, { name: 'b' }), clock)
  t.same(namesIn(file), ['a', 'b'])
})

t.test('who was killed while changing it is told of, not waited for without end', async t => {
  const file = accountsFileOf(t.testdir({ 'accounts.yaml': 'tools: []\n', 'accounts.yaml.new': '' }))
  const clock = createTestClock()
  const edited = t.rejects(
    editAccounts(file, text => text, clock),
    /somebody else is changing .*accounts\.yaml\.new/,
  )
  await clock.advance(10_000)
  await edited
})
