import t from 'tap'
import { isOlder, olderParts, olderWays } from '../../../../src/api/older/ways.ts'

t.test('every older path has the prefix of its time, and no other path has', async t => {
  for (const { paths } of olderWays) t.ok(paths.every(isOlder), paths.join(' '))
  for (const path of ['/jobs/v1/tool/x/jobs', '/v1/tool/x/jobs', '/api/v1', '/api/v10/list'])
    t.notOk(isOlder(path), path)
})

t.test('no older path and method means two things', async t => {
  const all = olderWays.flatMap(({ method, paths }) => paths.map(path => `${method} ${path}`))
  t.equal(new Set(all).size, all.length)
})

t.test('the tool is the one of the certificate, whatever the request says', async t => {
  const parts = olderParts({ params: { name: 'one', tool: 'other' }, query: {}, body: undefined }, 'tf-test')
  t.same(parts, { params: { name: 'one', tool: 'tf-test' }, query: {}, body: undefined })
})

t.test('who does not ask for log files in a form gets none', async t => {
  const bodyOf = (body: unknown) => olderParts({ params: {}, query: {}, body }, 'tf-test').body
  t.same(bodyOf({ name: 'one' }), { filelog: false, name: 'one' })
  t.same(bodyOf({ filelog: 'true' }), { filelog: 'true' })
  t.same(bodyOf([]), [])
})
