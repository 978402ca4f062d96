import t from 'tap'
import { parseHelperMessage } from '../../../src/homes/protocol.ts'

const credentials = { uid: 1, gid: 2, certificate: 'c', key: 'k', notAfter: 3, fingerprint: 'f' }
const log = { lines: ['a', 'b'], offset: 0, size: 9 }
const held = { notBefore: 1, notAfter: 2, fingerprint: 'f', publicKey: 'k', signedBy: 0 }
const home = {
  stamp: 's',
  home: 'right',
  reasons: ['r'],
  key: { publicKey: 'k' },
  certificate: held,
  kubeconfig: 'right',
}
const prepared = { request: 'r', publicKey: 'k' }
const problem = { kind: 'wrong', message: 'm' }

/** What a helper says of one home that it looked into. */
const look = (what: object) => ({ id: 1, looks: [what] })

type Change = (fields: Record<string, unknown>) => object[]

/** A value with one thing in it otherwise, wherever that is: `change` gives what an object may become. */
function changed(value: unknown, change: Change): unknown[] {
  if (Array.isArray(value))
    return value.flatMap((item, at) => changed(item, change).map(other => value.with(at, other)))
  if (typeof value !== 'object' || value === null) return []
  const within = Object.entries(value).flatMap(([name, inner]) =>
    changed(inner, change).map(other => ({ ...value, [name]: other })),
  )
  return [...change({ ...value }), ...within]
}

const lacking: Change = fields =>
  Object.keys(fields).map(name => Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name)))
const exceeding: Change = fields => [{ ...fields, more: 1 }]

t.test('what a helper may say is understood, with nothing missing and nothing more', async t => {
  const messages: object[] = [
    { ready: true },
    { id: 1, busy: 'disk' },
    { id: 0, busy: 'text' },
    { id: 1, credentials },
    { id: 1, log },
    { id: 1, log: { ...log, lines: [] } },
    look({ home }),
    look({ home: 'unchanged' }),
    look({ problem }),
    { id: 1, looks: [{ home }, { home: 'unchanged' }, { problem }] },
    ...['missing', 'foreign', 'mend', 'right'].map(state => look({ home: { ...home, home: state } })),
    ...['missing', 'stale', 'right', 'broken'].map(kubeconfig => look({ home: { ...home, kubeconfig } })),
    ...['missing', 'unreadable', 'unusable'].map(problem => look({ home: { ...home, key: { problem, reason: 'r' } } })),
    ...['missing', 'unreadable', 'foreign', 'usage', 'useless'].map(problem =>
      look({ home: { ...home, certificate: { problem, reason: 'r' } } }),
    ),
    look({ home: { ...home, certificate: { ...held, signedBy: null } } }),
    { id: 1, prepared },
    { id: 1, done: true },
    ...['missing', 'wrong', 'unsettled', 'disk'].map(kind => ({ id: 1, problem: { ...problem, kind } })),
    { id: 1, crash: 'stack' },
  ]
  for (const message of messages) {
    t.equal(parseHelperMessage(message), message, JSON.stringify(message))
    for (const change of [lacking, exceeding])
      for (const other of changed(message, change)) t.equal(parseHelperMessage(other), undefined, JSON.stringify(other))
  }
})

t.test('a helper that says anything else is not believed', async t => {
  const messages: unknown[] = [
    undefined,
    null,
    'ready',
    7,
    [],
    { ready: false },
    { ready: 'yes' },
    ...[-1, 1.5, '1', null, Number.NaN].map(id => ({ id, done: true })),
    { id: 1, busy: 'idle' },
    { id: 1, done: false },
    { id: 1, crash: 7 },
    { id: 1, credentials, log },
    ...[{ uid: -1 }, { gid: 0.5 }, { certificate: 7 }, { key: null }, { notAfter: '3' }, { fingerprint: 7 }].map(
      wrong => ({
        id: 1,
        credentials: { ...credentials, ...wrong },
      }),
    ),
    ...[{ lines: 'a' }, { lines: [7] }, { offset: -1 }, { size: '9' }].map(wrong => ({
      id: 1,
      log: { ...log, ...wrong },
    })),
    ...[
      { stamp: 7 },
      { home: 'gone' },
      { reasons: 'r' },
      { reasons: [7] },
      { key: { publicKey: 7 } },
      { key: { problem: 'foreign', reason: 'r' } },
      { key: { problem: 'missing', reason: 7 } },
      { certificate: { ...held, signedBy: 'x' } },
      { certificate: { ...held, notBefore: 1.5 } },
      { certificate: { ...held, notAfter: '2' } },
      { certificate: { ...held, fingerprint: 7 } },
      { certificate: { ...held, publicKey: 7 } },
      { certificate: { problem: 'unusable', reason: 'r' } },
      { certificate: { problem: 'useless', reason: 7 } },
      { kubeconfig: 'gone' },
    ].map(wrong => look({ home: { ...home, ...wrong } })),
    look({ home: 'changed' }),
    look({ home, problem }),
    look({}),
    look({ done: true }),
    { id: 1, looks: [] },
    { id: 1, looks: home },
    { id: 1, home },
    { id: 1, prepared: { ...prepared, request: 7 } },
    { id: 1, prepared: { ...prepared, publicKey: 7 } },
    { id: 1, problem: { ...problem, kind: 'other' } },
    { id: 1, problem: { ...problem, message: 7 } },
  ]
  for (const message of messages) t.equal(parseHelperMessage(message), undefined, JSON.stringify(message))
})
