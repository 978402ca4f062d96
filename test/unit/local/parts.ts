import t from 'tap'
import { createParts, onPort } from '../../../src/local/parts.ts'

const taken = Object.assign(new Error('in use'), { code: 'EADDRINUSE' })

t.test('parts end in the opposite order of their start, once', async t => {
  const ended: string[] = []
  const parts = createParts()
  const add = (name: string) =>
    parts.add(
      async () => name,
      async () => void ended.push(name),
    )
  t.equal(await add('cluster'), 'cluster')
  await add('api')
  await parts.stop()
  await parts.stop()
  t.same(ended, ['api', 'cluster'])
})

t.test('a part that failed to start, or to stop, does not keep the others alive', async t => {
  const ended: string[] = []
  const parts = createParts()
  await parts.add(
    async () => {},
    async () => void ended.push('first'),
  )
  const broken = parts.add(
    async () => {
      throw new Error('no start')
    },
    async () => {
      throw new Error('no stop')
    },
  )
  await t.rejects(broken, { message: 'no start' })
  await t.rejects(parts.stop(), { errors: [{ message: 'no stop' }] })
  t.same(ended, ['first'])
})

t.test('a port that is taken gives way to a free one; other errors, and a second failure, come through', async t => {
  const asked: number[] = []
  const start = async (port: number) => {
    asked.push(port)
    if (port !== 0) throw taken
    return 'started'
  }
  t.equal(await onPort(30_001, start), 'started')
  t.same(asked, [30_001, 0])
  await t.rejects(
    onPort(0, async () => {
      throw taken
    }),
    { code: 'EADDRINUSE' },
  )
  await t.rejects(
    onPort(1, async () => {
      throw new Error('other')
    }),
    { message: 'other' },
  )
})
