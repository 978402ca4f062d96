import fc from 'fast-check'
import t from 'tap'
import { parse } from 'yaml'
import { isStructured, jsonText, structured, yamlText } from '../../../src/cli/structured.ts'

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

t.test('YAML holds no character that a terminal obeys, and reads the same by the rules of 1.1 and 1.2', async t => {
  const texts = ['a\tb', 'a ', 'a\n\n', '=', 'yes', '010', '1:30', '\x1b[2J', '\x9b', '\u202e', '\ufeffx', '\u2028', '']
  const text = await yamlText(texts)
  t.notMatch(text, /[^\n\x20-\x7e]/)
  t.same(parse(text), texts)
  t.same(parse(text, { version: '1.1' }), texts)
  t.match(text, '- "a\\tb"', 'a reader of 1.1 takes no tab without quotes')
  t.match(text, '- "="')
})
