import t from 'tap'
import { createTrouble } from '../../../src/homes/trouble.ts'

function world(max_stuck = 2) {
  let time = 1000
  const clock = { now: () => time, sleep: async () => {} }
  const pass = (milliseconds: number) => {
    time += milliseconds
  }
  return { pass, trouble: createTrouble({ max_stuck, retry_s: 5 }, clock) }
}

const never = new Promise<void>(() => {})
const already = Promise.resolve()
/** Lets what waits for a settled promise run. */
const turn = () => new Promise(resolve => setImmediate(resolve))

t.test('a home without trouble may be tried', async t => {
  t.equal(world().trouble.refusal('tool a'), undefined)
})

t.test('a home that hung is refused until its process is gone, and for a while at least', async t => {
  const { trouble, pass } = world()
  const gone = Promise.withResolvers<void>()
  const told = trouble.add('tool a', 'disk', gone.promise)
  const hangs = {
    name: 'DomainError',
    code: 'unavailable',
    retryAfter: 5,
    message: 'The home of tool a on the shared disk does not answer; try again in 5 s',
  }
  t.match(told, hangs)
  pass(60_000)
  t.match(trouble.refusal('tool a'), hangs, 'its process still waits for the disk')
  t.equal(trouble.refusal('tool b'), undefined)
  gone.resolve()
  await turn()
  t.equal(trouble.refusal('tool a'), undefined)
  trouble.add('tool a', 'disk', already)
  await turn()
  pass(4999)
  t.match(trouble.refusal('tool a'), hangs, 'a process that could be killed says nothing about the disk')
  pass(1)
  t.equal(trouble.refusal('tool a'), undefined)
})

t.test('with as many hanging homes as there may be, every other one is refused', async t => {
  const { trouble, pass } = world()
  trouble.add('tool a', 'disk', already)
  t.equal(trouble.hanging(), 1)
  t.equal(trouble.refusal('tool c'), undefined)
  trouble.add('tool b', 'disk', never)
  t.equal(trouble.hanging(), 2)
  t.match(trouble.refusal('tool c'), {
    code: 'unavailable',
    retryAfter: 5,
    message: 'Too many homes on the shared disk do not answer; try again in 5 s',
  })
  t.match(trouble.refusal('tool a'), { message: /^The home of tool a / })
  await turn()
  pass(5000)
  t.equal(trouble.refusal('tool c'), undefined)
  t.equal(trouble.hanging(), 1)
})

t.test('homes whose text took too long are refused for a while, but do not count as hanging', async t => {
  const { trouble, pass } = world(1)
  t.match(trouble.add('tool a', 'text', already), {
    code: 'unavailable',
    message: 'The kubeconfig, certificate or key in the home of tool a took too long to read; try again in 5 s',
  })
  t.equal(trouble.hanging(), 0)
  t.match(trouble.refusal('tool a'), { code: 'unavailable' })
  t.equal(trouble.refusal('tool b'), undefined)
  await turn()
  pass(5000)
  t.equal(trouble.refusal('tool a'), undefined)
})
