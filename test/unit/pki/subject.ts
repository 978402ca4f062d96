import t from 'tap'
import { oids } from '../../../src/pki/certificate-fields.ts'
import { isSameName, toolOf } from '../../../src/pki/subject.ts'

const O = { type: oids.organisation, text: 'toolforge' }
const named = (text: string | undefined) => toolOf([O, { type: oids.commonName, text }])

t.test('a name that is a tool is that tool, from 1 to 53 characters', async t => {
  for (const tool of ['a', '0', 'tf-test', 'a--b', '2026', 'a'.repeat(53)]) t.strictSame(named(tool), { tool })
})

t.test('a reason shows the name, made safe to print', async t => {
  const reason = (shown: string) => ({
    reason: `The client certificate's common name (CN) is ${shown}, which no tool can be called: a tool's name has 1 to 53 small letters, digits and hyphens.`,
  })
  t.strictSame(named('A'), reason('"A"'))
  t.strictSame(named('tf-t\u0435st\u001b[2J\n'), reason('"tf-t?st?[2J?"'))
  t.strictSame(named('a'.repeat(200)), reason(`"${'a'.repeat(100)}..."`))
  t.strictSame(named(undefined), reason('not readable text'))
})

t.test('a person is told whose certificate it is, whatever its organisation', async t => {
  const reason =
    'The client certificate is the one of a person ("person:alice"), and jobs belong to tools. Use the tool\'s own certificate.'
  const CN = { type: oids.commonName, text: 'person:alice' }
  for (const subject of [[CN], [CN, O], [{ ...O, text: 'toolforge-admins' }, CN]])
    t.strictSame(toolOf(subject), { reason })
})

t.test('names are the same whatever the order of their parts, and with nothing missing and nothing more', async t => {
  const CN = { type: oids.commonName, text: 'a' }
  t.ok(isSameName([O, CN], [O, CN]))
  t.ok(isSameName([O, CN], [CN, O]))
  t.ok(isSameName([], []))
  for (const other of [[O], [O, CN, CN], [O, O, CN], [O, { ...CN, text: 'b' }], [O, { ...CN, text: undefined }]])
    t.notOk(isSameName([O, CN], other), JSON.stringify(other))
  t.notOk(
    isSameName(
      [O, CN],
      [
        { ...O, text: 'a' },
        { ...CN, text: 'toolforge' },
      ],
    ),
  )
})
