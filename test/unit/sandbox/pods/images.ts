import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createImages, fullName } from '../../../../src/sandbox/pods/images.ts'

t.test('a name without a tag is the latest', async t => {
  t.equal(fullName('a'), 'a:latest')
  t.equal(fullName('host:5000/a/b'), 'host:5000/a/b:latest')
  t.equal(fullName('host:5000/a/b:1'), 'host:5000/a/b:1')
  t.equal(fullName('a@sha256:0'), 'a@sha256:0')
})

t.test('an image is known or not, and says what this machine lacks of it', async t => {
  const directory = t.testdir({ one: { python3: '', plain: '' }, two: { node: '' } })
  chmodSync(join(directory, 'one/python3'), 0o755)
  chmodSync(join(directory, 'two/node'), 0o755)
  const images = createImages(
    [
      { image: 'py', needs: ['python3', 'node'] },
      { image: 'sandbox.local/odd:1', needs: ['python3', 'plain', 'none'] },
    ],
    `${directory}/one:${directory}/two`,
  )
  t.same(images.missing('py'), [])
  t.same(images.missing('py:latest'), [])
  t.same(images.missing('sandbox.local/odd:1'), ['plain', 'none'])
  t.equal(images.missing('sandbox.local/odd:2'), undefined)
})
