import fc from 'fast-check'
import t, { type Test } from 'tap'
import { inputParser, type Parts } from '../../../src/api/validation.ts'
import { DomainError } from '../../../src/contract/errors.ts'

const create = inputParser('createJob')
const show = inputParser('showJob')
const list = inputParser('listJobs')

const job = { name: 'one', imagename: 'python3.13', cmd: './a.sh' }
const parts = (change: Partial<Parts> = {}): Parts => ({ params: { tool: 'tf-test' }, query: {}, body: job, ...change })

function refused(t: Test, parse: () => unknown, messages: (string | RegExp)[]) {
  try {
    parse()
    t.fail('it must be refused')
  } catch (error) {
    t.ok(error instanceof DomainError && error.code === 'bad_request')
    t.match(error instanceof Error && error.message.split('\n'), messages)
  }
}
const refusedBody = (t: Test, body: unknown, messages: (string | RegExp)[]) =>
  refused(t, () => create(parts({ body })), messages)

t.test('what the schema allows passes as it came', async t => {
  t.same(create(parts()).body, job)
  const old = { ...job, retry: '2', filelog: 'True', memory: null, schedule: null, continuous: false }
  t.same(create(parts({ body: old })).body, old, 'numbers and booleans as text, and nulls')
  t.same(list(parts({ body: undefined, query: { include_unset: 'True' } })).query, { include_unset: 'True' })
})

t.test('all that is wrong is said at once, by field and rule', async t => {
  refusedBody(
    t,
    { name: 'A b', imagename: '', retry: 9, emails: 'maybe', filelog: 'yes', continuous: 'maybe', nope: 1 },
    [
      /^name: must be lower-case letters.* from 1 to 52 characters$/,
      'imagename: must be text, from 1 to 512 characters',
      'emails: must be one of "none", "all", "onfinish", "onfailure"',
      'retry: must be a whole number from 0 to 5',
      'filelog: must be true or false',
      'continuous: must be true or false',
      'nope: there is no such field',
    ],
  )
  const many = Object.fromEntries(Array.from({ length: 999 }, (_, at) => [`x${at}`, 1]))
  refusedBody(t, { ...job, ...many }, Array(10).fill(/^x\d+: there is no such field$/))
})

t.test('a body that is no object is refused', async t => {
  for (const body of [undefined, null, 3, 'text', []]) refusedBody(t, body, ['the body must be a JSON object'])
})

t.test("names of fields are a stranger's text", async t => {
  refusedBody(t, { ...job, '\u001b[2J\u202e': 1 }, ['?[2J?: there is no such field'])
  refusedBody(t, { ...job, ['x'.repeat(9999)]: 1 }, [/^x{64}\.\.\.: there is no such field$/])
  refusedBody(t, JSON.parse('{"name":"a","imagename":"b","cmd":"c","__proto__":{"x":1}}'), [
    '__proto__: there is no such field',
  ])
})

t.test('text that nothing behind can hold is refused', async t => {
  refusedBody(t, { ...job, cmd: 'a\0b' }, ['cmd: must not hold a NUL character'])
  refusedBody(t, { ...job, cmd: 'a\ud800b' }, ['cmd: must be well-formed Unicode'])
})

t.test('a name in the path is a job name and nothing else', async t => {
  const names = ['', '.', '..', '../images', 'a/b', 'a\nb', 'a\0', '-a', 'a-', 'a..b', 'A', 'jób', '\u0430bc', 'a b']
  for (const name of [...names, 'x'.repeat(53), 'a%2Fb', 'constructor ', undefined]) {
    refused(t, () => show(parts({ params: { tool: 'tf-test', name }, body: undefined })), [/^name: must be /])
  }
  t.ok(show(parts({ params: { tool: 'tf-test', name: 'a.b-c' }, body: undefined })))
})

t.test('a query parameter that is unknown or given twice is refused', async t => {
  refused(t, () => list(parts({ query: { include_unset: ['True', 'False'] } })), [
    'include_unset: must be true or false',
  ])
  refused(t, () => list(parts({ query: { all: '1' } })), ['all: there is no such query parameter'])
})

t.test('a body where none is needed is not looked at', async t => {
  t.ok(list(parts({ body: { whatever: 1 } })))
})

t.test('whatever comes is taken or refused in printable words, and nothing else happens', async t => {
  const field = fc.constantFrom('name', 'imagename', 'cmd', 'retry', 'filelog', '__proto__', 'toString', 'schedule')
  const fields = fc.dictionary(
    fc.oneof(field, fc.string({ unit: 'binary' })),
    fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' })),
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        fields.map(extra => ({ ...job, ...extra })),
      ),
      body => {
        try {
          const taken = create(parts({ body })).body
          return Object.values(taken).every(
            value => typeof value !== 'string' || (value.isWellFormed() && !value.includes('\0')),
          )
        } catch (error) {
          return error instanceof DomainError && error.code === 'bad_request' && /^[\x20-\x7e\n]+$/.test(error.message)
        }
      },
    ),
    { numRuns: 500 },
  )
  t.pass('500 bodies')
})
