import t from 'tap'
import { Check } from 'typebox/value'
import { examples } from '../../../src/contract/examples.ts'
import { type Operation, operations } from '../../../src/contract/operations.ts'

t.test('every example is a request that its operation takes', async t => {
  for (const [id, all] of Object.entries(examples)) {
    const { body }: Operation = operations[id as keyof typeof operations]
    for (const [name, value] of Object.entries(all)) t.ok(body !== undefined && Check(body, value), `${id}: ${name}`)
  }
})
