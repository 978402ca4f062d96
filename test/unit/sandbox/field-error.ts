import t from 'tap'
import {
  duplicate,
  invalid,
  notPermitted,
  notSupported,
  required,
  sentence,
  tooLong,
} from '../../../src/sandbox/field-error.ts'

t.test('errors speak as those of Kubernetes', async t => {
  const text = (error: ReturnType<typeof required>) => sentence([error])
  t.equal(text(required('a.b')), 'a.b: Required value')
  t.equal(text(required('a', 'say it')), 'a: Required value: say it')
  t.equal(text(invalid('a', 'x', 'must not')), 'a: Invalid value: "x": must not')
  t.equal(text(invalid('a', undefined, 'is')), 'a: Invalid value: null: is')
  t.equal(text(invalid('a', { b: 1 }, 'is')), 'a: Invalid value: {"b":1}: is')
  t.equal(text(duplicate('a', 'x')), 'a: Duplicate value: "x"')
  t.equal(text(notSupported('a', 'x', ['b', 'c'])), 'a: Unsupported value: "x": supported values: "b", "c"')
  t.equal(text(notPermitted('a', 'no')), 'a: Forbidden: no')
  t.equal(text(tooLong('a', 5)), 'a: Too long: may not be more than 5 bytes')
})

t.test('several are listed, each once', async t => {
  t.equal(sentence([required('a'), required('b'), required('a')]), '[a: Required value, b: Required value]')
})
