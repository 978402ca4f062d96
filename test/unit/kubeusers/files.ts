import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openTemplateFiles } from '../../../src/kubeusers/files.ts'
import { createLog, quietLog } from '../../../src/platform/log.ts'

const chart = join(import.meta.dirname, '../../../charts/kubeusers/tool.yaml')

t.test('files are read again, and the template stays the same one while they do', async t => {
  const overrides_file = join(t.testdir(), 'overrides.yaml')
  const write = (pods: number | string) => writeFileSync(overrides_file, `tools: {big: {pods: ${pods}}}\n`)
  const said: string[] = []
  const log = createLog({ level: 'error', service: 'test' }, { write: line => said.push(line) })
  write(20)
  const files = openTemplateFiles({ manifest_file: chart, overrides_file }, log)
  const podsOf = () => files.template().of('big', 1000).parts.quota['spec']
  const first = files.template()
  t.match(podsOf(), { hard: { pods: '20' } })
  files.refresh()
  t.equal(files.template(), first)
  write(30)
  files.refresh()
  t.match(podsOf(), { hard: { pods: '30' } })
  write('many')
  files.refresh()
  t.match(podsOf(), { hard: { pods: '30' } }, 'what was read before holds')
  t.match(said, [/overrides\.yaml: tools\.big\.pods/])
  write(40)
  files.refresh()
  t.match(podsOf(), { hard: { pods: '40' } })
})

t.test('a start with a wrong file says which, and what is wrong', async t => {
  const folder = t.testdir({ 'manifest.yaml': readFileSync(chart, 'utf8').replace('kind: LimitRange', 'kind: Limits') })
  const manifest_file = join(folder, 'manifest.yaml')
  t.throws(() => openTemplateFiles({ manifest_file }, quietLog), /manifest\.yaml: a tool has one LimitRange/)
  t.throws(() => openTemplateFiles({ manifest_file: join(folder, 'none') }, quietLog), /none: ENOENT/)
  const overrides_file = join(folder, 'manifest.yaml')
  t.throws(() => openTemplateFiles({ manifest_file: chart, overrides_file }, quietLog), /manifest\.yaml: /)
})
