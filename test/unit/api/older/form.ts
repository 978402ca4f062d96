import t from 'tap'
import { parseForm } from '../../../../src/api/older/form.ts'

t.test('a form gives its fields as they were typed', async t => {
  t.same(parseForm('name=one&cmd=.%2Fa.sh+--x%3D%22%C3%A9%22&schedule=%40daily'), {
    name: 'one',
    cmd: './a.sh --x="é"',
    schedule: '@daily',
  })
  t.same(parseForm(''), {})
})

t.test('a field that comes twice is refused, and so is what is not UTF-8', async t => {
  t.throws(() => parseForm('name=one&name=two'), { code: 'bad_request' })
  t.throws(() => parseForm('cmd=%ff'), { code: 'bad_request' })
})

t.test('a name that objects know is a field like any other', async t => {
  t.ok(Object.hasOwn(parseForm('__proto__=x'), '__proto__'))
})
