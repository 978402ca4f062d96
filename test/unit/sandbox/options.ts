import t from 'tap'
import {
  readDeleteOptions,
  readListOptions,
  readVersion,
  readWatchOptions,
  readWriteOptions,
} from '../../../src/sandbox/options.ts'
import { refusalOf } from '../../support/store.ts'

const query = (text: string) => new URLSearchParams(text)

t.test('a write may be dry, and says how fields are checked', async t => {
  t.strictSame(readWriteOptions(query('dryRun=All&fieldValidation=Strict'), 'CreateOptions'), {
    dryRun: true,
    fieldValidation: 'Strict',
  })
  t.equal(
    refusalOf(() => readWriteOptions(query('dryRun=Some'), 'CreateOptions')).message,
    'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
  )
  t.match(refusalOf(() => readWriteOptions(query('fieldValidation=x'), 'PatchOptions')).message, 'fieldValidation')
})

t.test('a deletion is described by its body, else by the query', async t => {
  const options = readDeleteOptions(query('propagationPolicy=Orphan&gracePeriodSeconds=5&dryRun=All'), {})
  t.match(options, { propagation: 'Orphan', gracePeriodSeconds: 5, dryRun: true })
  const body = { propagationPolicy: 'Foreground', preconditions: { uid: 'u', resourceVersion: '1' } }
  t.match(readDeleteOptions(query('propagationPolicy=Orphan'), body), {
    propagation: 'Foreground',
    uid: 'u',
    resourceVersion: '1',
    gracePeriodSeconds: undefined,
  })
  t.equal(readDeleteOptions(query('orphanDependents=true'), {}).propagation, 'Orphan')
  t.equal(readDeleteOptions(query('orphanDependents=false'), {}).propagation, 'Background')
  t.equal(readDeleteOptions(query(''), {}).propagation, undefined)
})

t.test('a deletion that makes no sense is refused', async t => {
  const message = (text: string) => refusalOf(() => readDeleteOptions(query(text), {})).message
  t.match(message('propagationPolicy=Foo'), 'supported values: "Foreground", "Background", "Orphan", "nil"')
  t.match(message('propagationPolicy=Orphan&orphanDependents=true'), 'cannot be both set')
  t.match(message('dryRun=x'), 'dryRun: Unsupported value')
  t.equal(message('gracePeriodSeconds=x'), 'strconv.ParseInt: parsing "x": invalid syntax')
})

t.test('a list is of the newest state, or of the one that is asked for', async t => {
  t.strictSame(readListOptions(query('')), { limit: 0, continue: '', resourceVersion: undefined, exact: false })
  t.match(readListOptions(query('resourceVersion=0&limit=5')), { limit: 5, resourceVersion: undefined, exact: false })
  t.match(readListOptions(query('resourceVersion=7&limit=5')), { resourceVersion: 7, exact: true })
  t.match(readListOptions(query('resourceVersion=7')), { resourceVersion: 7, exact: false })
  t.match(readListOptions(query('resourceVersion=7&resourceVersionMatch=NotOlderThan&limit=1')), { exact: false })
  t.equal(readListOptions(query('limit=-1')).limit, 0)
})

t.test('a list that makes no sense is refused', async t => {
  const message = (text: string) => refusalOf(() => readListOptions(query(text))).message
  t.match(message('resourceVersionMatch=Exact'), 'forbidden unless resourceVersion is provided')
  t.match(message('resourceVersionMatch=Exact&resourceVersion=0'), 'forbidden for resourceVersion "0"')
  t.match(message('resourceVersionMatch=x&resourceVersion=1'), 'supported values: "Exact", "NotOlderThan", ""')
  t.match(message('sendInitialEvents=true'), 'sendInitialEvents is forbidden for list')
  t.equal(refusalOf(() => readVersion('x')).code, 400)
})

t.test('a watch begins with everything, or after a version', async t => {
  t.strictSame(readWatchOptions(query('')), {
    resourceVersion: undefined,
    bookmarks: false,
    timeoutSeconds: undefined,
    initialEvents: undefined,
  })
  const full = 'resourceVersion=5&allowWatchBookmarks=true&timeoutSeconds=9'
  t.match(readWatchOptions(query(full)), { resourceVersion: 5, bookmarks: true, timeoutSeconds: 9 })
  t.match(readWatchOptions(query('sendInitialEvents=true&resourceVersionMatch=NotOlderThan')), { initialEvents: true })
  const message = (text: string) => refusalOf(() => readWatchOptions(query(text))).message
  t.match(message('sendInitialEvents=true'), 'requires setting resourceVersionMatch to NotOlderThan')
  t.match(message('resourceVersionMatch=Exact'), 'forbidden for watch unless sendInitialEvents is provided')
  t.equal(refusalOf(() => readWatchOptions(query('resourceVersion=x'))).code, 500)
})
