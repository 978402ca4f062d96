import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const bin = join(root, 'src/bin/jobs-api.ts')

/** The configurations that we tell operators to use. */
const shipped = [...readFileSync(join(root, 'docs/operations.md'), 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map(
  ([, yaml = '']) => yaml,
)

t.test('every configuration in the documentation is right, says the service itself', async t => {
  t.ok(shipped.length > 0)
  for (const yaml of shipped) {
    const file = join(t.testdir({ 'config.yaml': yaml }), 'config.yaml')
    const { stdout } = await run(process.execPath, [bin, '--config', file, '--check-config'])
    t.match(stdout, 'is right')
  }
})

t.test('and a wrong one is not', async t => {
  const file = join(t.testdir({ 'config.yaml': `${shipped[0]}\nlistner: {}` }), 'config.yaml')
  await t.rejects(run(process.execPath, [bin, '--config', file, '--check-config']), {
    code: 1,
    stderr: /listner: there is no such setting/,
  })
})
