import t from 'tap'
import { errorStatus } from '../../../src/contract/errors.ts'
import { commonErrors, type Operation, operations } from '../../../src/contract/operations.ts'

const all: [string, Operation][] = Object.entries(operations)

t.test('no two operations share a method and a path', async t => {
  const keys = all.flatMap(([, { method, paths }]) => paths.map(path => `${method} ${path.replace(/:\w+/g, ':')}`))
  t.equal(new Set(keys).size, keys.length)
})

t.test('the parameters of a path are those of its schema', async t => {
  for (const [id, { paths, params }] of all) {
    const declared = 'properties' in params && params.properties instanceof Object ? Object.keys(params.properties) : []
    for (const path of paths)
      t.same(
        [...path.matchAll(/:(\w+)/g)].map(([, name]) => name),
        declared,
        `${id} ${path}`,
      )
  }
})

t.test('who needs a tool has it in the path, and what is open has not', async t => {
  for (const [id, { access, paths }] of all)
    for (const path of paths) t.equal(path.includes('/tool/:tool/'), access === 'tool', id)
})

t.test('only writes are slowed down: clients take any 4xx of a poll for the end of a job', async t => {
  for (const [id, { method, errors }] of all) t.equal(errors.includes('too_many'), method !== 'GET', id)
})

t.test('a declared error is in the table, and not declared twice', async t => {
  for (const [id, { errors }] of all) {
    for (const code of errors) {
      t.ok(code in errorStatus, `${id} ${code}`)
      t.notOk(
        commonErrors.some(common => common === code) && code !== 'unavailable',
        `${id} declares the common ${code}`,
      )
    }
  }
})
