import fc from 'fast-check'
import t from 'tap'
import { parse } from 'yaml'
import { isStructured, jsonText, structured } from '../../../src/cli/structured.ts'

t.test('both forms say the same as the value', async t => {
  const value = [{ name: 'one', cmd: 'a: "b"\n- c', retry: 0, status: { messages: [] } }]
  t.same(JSON.parse(await structured('json', value)), value)
  t.same(parse(await structured('yaml', value)), value)
  t.ok(isStructured('yaml'))
  t.notOk(isStructured('long'))
})

t.test('JSON holds no character that a terminal obeys, and loses nothing', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const json = jsonText({ text })
      return JSON.parse(json).text === text && !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(json)
    }),
  )
})
