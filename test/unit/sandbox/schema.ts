import t from 'tap'
import { kinds } from '../../../src/sandbox/kinds.ts'
import { structOf, type Type } from '../../../src/sandbox/schema.ts'
import { schemaData } from '../../../src/sandbox/schema-data.ts'

t.test('a type is read with its lists, maps and marks', async t => {
  const pod = structOf('PodSpec')
  t.strictSame(pod.get('containers'), {
    type: { is: 'list', of: { is: 'struct', struct: 'Container' }, merge: 'name' },
    always: true,
    zeroIsAbsent: false,
  })
  t.strictSame(pod.get('nodeSelector')?.type, { is: 'map', of: { is: 'scalar', scalar: 'string' } })
  t.strictSame(structOf('EnvVar').get('value'), {
    type: { is: 'scalar', scalar: 'string' },
    always: false,
    zeroIsAbsent: true,
  })
})

t.test('there is no type of a name that objects of JavaScript have', async t => {
  t.throws(() => structOf('constructor'), TypeError)
})

t.test('every type that is named is there, and every kind has one', async t => {
  const structs = (type: Type): string[] => {
    if (type.is === 'struct') return [type.struct]
    return type.is === 'scalar' ? [] : structs(type.of)
  }
  for (const name of Object.keys(schemaData)) {
    for (const { type } of structOf(name).values()) for (const struct of structs(type)) structOf(struct)
  }
  for (const { kind } of kinds) t.ok(structOf(kind).has('metadata'), kind)
})
