import fc from 'fast-check'
import t from 'tap'
import { parseCursor, writeCursor } from '../../../src/jobs/log-cursor.ts'

const cursor = { time: '2026-11-22T10:00:00.000000000', pod: 'uid', line: 7, newest_first: true }

t.test('a cursor is read back as it was written, and needs no escaping in an address', async t => {
  for (const one of [cursor, { ...cursor, since: 1_772_486_995_000, until: 1_772_486_996_000 }]) {
    t.match(writeCursor(one), /^[-\w]+$/)
    t.strictSame(parseCursor(writeCursor(one)), one)
  }
  fc.assert(
    fc.property(fc.uuid(), fc.nat(), (pod, line) => parseCursor(writeCursor({ ...cursor, pod, line })).line === line),
  )
})

t.test('nothing else is a cursor', async t => {
  const others = ['', '2', 'e30', btoa('null'), btoa('{"time":"","pod":"a","line":-1,"newest_first":true}'), '%', 'é']
  others.push(
    btoa('{"time":"","pod":"a","line":1.5,"newest_first":true}'),
    btoa('{"time":"","pod":"a","line":1,"newest_first":true,"x":1}'),
  )
  others.push(btoa('{"pod":"a","line":1,"newest_first":true}'))
  for (const text of others) t.throws(() => parseCursor(text), { code: 'bad_request', message: /^cursor: / }, text)
  fc.assert(
    fc.property(fc.string(), text => {
      try {
        return parseCursor(text) === undefined
      } catch (error) {
        return error instanceof Error && error.name === 'DomainError'
      }
    }),
  )
})
