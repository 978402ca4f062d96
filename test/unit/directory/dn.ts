import fc from 'fast-check'
import t from 'tap'
import { ownKey, parentKey, splitDn } from '../../../src/directory/dn.ts'

t.test('the name of an entry is taken apart at the first comma that separates', async t => {
  const cases: [string, { type: string; value: string }[], string][] = [
    ['uid=pat,ou=people,dc=x', [{ type: 'uid', value: 'pat' }], 'ou=people,dc=x'],
    ['UID = Pat , dc=x', [{ type: 'uid', value: 'Pat' }], 'dc=x'],
    ['dc=x', [{ type: 'dc', value: 'x' }], ''],
    ['cn=a\\,b\\+c\\=d,dc=x', [{ type: 'cn', value: 'a,b+c=d' }], 'dc=x'],
    ['cn=\\C3\\A4\\2C,dc=x', [{ type: 'cn', value: 'ä,' }], 'dc=x'],
    ['cn=a=b,dc=x', [{ type: 'cn', value: 'a=b' }], 'dc=x'],
    ['cn=,dc=x', [{ type: 'cn', value: '' }], 'dc=x'],
    [
      'cn=a+uid=b,dc=x',
      [
        { type: 'cn', value: 'a' },
        { type: 'uid', value: 'b' },
      ],
      'dc=x',
    ],
    ['0.9.2342.19200300.100.1.1=pat,dc=x', [{ type: '0.9.2342.19200300.100.1.1', value: 'pat' }], 'dc=x'],
  ]
  for (const [dn, own, parent] of cases) t.strictSame(splitDn(dn), { own, parent }, dn)
})

t.test('what is no name of an entry, or an unusual one, is none', async t => {
  for (const dn of ['', 'pat', ',dc=x', 'uid=#04036162,dc=x', 'uid="a,b",dc=x', 'a+uid=b,dc=x', 'u_d=a,dc=x', '=a'])
    t.equal(splitDn(dn), undefined, dn)
})

t.test('names that a directory takes for the same have the same key', async t => {
  const key = (dn: string) => ownKey(splitDn(dn)?.own ?? [])
  t.equal(key('uid=Pat  Doe,dc=x'), key(' UID=pat doe ,dc=y'))
  t.equal(key('cn=a+uid=b'), key('uid=b+cn=a'))
  t.equal(key('cn=a\\2Cb'), key('cn=a\\,b'))
  t.not(key('cn=a'), key('uid=a'))
  t.equal(parentKey('OU = People , dc=x'), parentKey('ou=people,DC=X'))
  t.not(parentKey('ou=people,dc=x'), parentKey('ou=people,dc=y'))
})

t.test('any value comes back from its escaped form', async t => {
  const hex = (value: string) => [...Buffer.from(value)].map(byte => `\\${byte.toString(16).padStart(2, '0')}`).join('')
  const character = (value: string) => value.replaceAll(/[",#+;<=>\\ ]/g, '\\$&')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), value => {
      for (const written of [hex(value), character(value)]) {
        const split = splitDn(`cn=${written},dc=x`)
        if (split?.own[0]?.value !== value.trim() || split.parent !== 'dc=x') return false
      }
      return true
    }),
  )
  t.pass()
})
