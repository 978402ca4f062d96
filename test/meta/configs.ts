import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { objectsOf } from '../../src/kubeusers/manifest.ts'
import { parseOverrides } from '../../src/kubeusers/overrides.ts'
import { notedYaml } from '../support/operations-notes.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const programs: Readonly<Record<string, string>> = {
  '# /etc/jobs-api/config.yaml': join(root, 'src/bin/jobs-api.ts'),
  '# /etc/kubeusers/config.yaml': join(root, 'src/bin/kubeusers.ts'),
}

const configurations = notedYaml.filter(({ title }) => title in programs)

/** What the service itself says of a configuration. */
function check(t: Test, { title, yaml }: (typeof notedYaml)[number]) {
  const file = join(t.testdir({ 'config.yaml': yaml }), 'config.yaml')
  return run(process.execPath, [programs[title] ?? '', '--config', file, '--check-config'])
}

t.test('every configuration in the documentation is right, says the service itself', async t => {
  t.same(new Set(configurations.map(({ title }) => title)), new Set(Object.keys(programs)), 'each service has one')
  for (const one of configurations) t.match((await check(t, one)).stdout, 'is right', one.title)
})

t.test('all other YAML in the documentation says what it is, and can be read', async t => {
  for (const { title, yaml } of notedYaml.filter(({ title }) => !(title in programs))) {
    t.match(title, /^# /, 'the first line says what it is')
    if (title === '# /etc/kubeusers/overrides.yaml') t.ok(parseOverrides(yaml).size > 0)
    else t.ok(objectsOf(yaml).length > 0, title)
  }
})

t.test('and a wrong one is not', async t => {
  for (const { title, yaml } of configurations)
    await t.rejects(check(t, { title, yaml: `${yaml}\nlistner: {}` }), {
      code: 1,
      stderr: /listner: there is no such setting/,
    })
})
