import t from 'tap'
import { shareConfigMap } from '../../../src/kube/config-map.ts'
import { platformCluster } from '../../support/config-maps.ts'

function world() {
  const control = platformCluster()
  return { ...control, one: shareConfigMap(control.within('n'), 'm'), other: shareConfigMap(control.within('n'), 'm') }
}
const put = (name: string) => (data: object) => ({ ...data, [name]: 'x' })

t.test('it is made at its first change, and read as it was written', async t => {
  const { one, other, maps } = world()
  t.strictSame(await one.read(), {})
  t.equal(maps.size, 0)
  await one.change(put('a'))
  t.strictSame(await other.read(), { a: 'x' })
})

t.test('what somebody else has changed since is read again, and nothing of it lost', async t => {
  const { one, other, meanwhile } = world()
  meanwhile(() => other.change(put('a')))
  await one.change(put('b'))
  await other.change(put('c'))
  await one.change(put('d'))
  t.strictSame(Object.keys(await one.read()), ['a', 'b', 'c', 'd'])
})

t.test('what was removed is made again', async t => {
  const { one, maps, meanwhile } = world()
  await one.change(put('a'))
  maps.clear()
  await one.change(put('b'))
  t.strictSame(await one.read(), { b: 'x' })
  meanwhile(() => maps.clear())
  await one.change(put('c'))
  t.strictSame(await one.read(), { c: 'x' })
})

t.test('nobody but us is asked for what we wrote ourselves', async t => {
  const { one, reads } = world()
  await one.change(put('a'))
  const before = reads()
  await one.change(put('b'))
  t.equal(reads(), before)
})

t.test('a change that fails for what was read before is tried with what is there now', async t => {
  const { one, other } = world()
  await other.change(() => ({ list: 'broken' }))
  await one.read()
  await other.change(() => ({ list: 'right' }))
  await one.change(({ list }) => {
    if (list !== 'right') throw new Error('it is broken')
    return { list, a: 'x' }
  })
  t.strictSame(await one.read(), { list: 'right', a: 'x' })
})

t.test('who is never quick enough is told so, and an error of the change is passed on', async t => {
  const { one, maps, meanwhile } = world()
  await one.change(put('a'))
  const always = () => {
    const map = maps.get('m')
    if (map !== undefined) map.version++
    meanwhile(always)
  }
  meanwhile(always)
  await t.rejects(one.change(put('b')), { code: 'conflict' })
  const wrong = new Error('no list')
  await t.rejects(
    one.change(() => {
      throw wrong
    }),
    wrong,
  )
})
