import type { KeyPair } from '../../src/pki/authority.ts'
import { der, Extension, type Forgery, forge, forgeRoot, KeyUsageFlags, rawName, usages } from './forge.ts'

/** A certificate and the answer that its holder must get. */
export interface Presented {
  /** What is odd about it. */
  name: string
  /** PEM, the chain behind the leaf included; undefined: none is presented. */
  pair: KeyPair | undefined
  /** `ends`: no answer, the connection ends in the handshake. */
  answer: 200 | 401 | 403 | 'ends'
  /** What the refusal says. */
  reason?: RegExp
  /** No TLS client would present it; for the deciding function only. */
  bytesOnly?: true
}

/** The tool that all of them pretend to be. */
export const pretended = 'tf-test'

type Case = Omit<Presented, 'pair'> & Partial<Forgery>
type Name = Forgery['subject']

const minute = 60_000
const day = 86_400_000
const utf8String = 0x0c
const teletexString = 0x14
const utf8StringOf = (text: string) => [{ utf8String: text }]
const commonName = '550403'
const organisation = '55040a'

const O = ['toolforge']
const called = (cn: string): Name => [{ O }, { CN: [cn] }]
/** Written by hand: a library takes most of a second for thousands of them. */
export const alternativeNames = (count: number): Extension => {
  const names = Array.from({ length: count }, (_, index) => der(0x82, Buffer.from(`name-${index}.example`)))
  return new Extension('2.5.29.17', false, der(0x30, ...names))
}
const unknownExtension = (critical: boolean): Extension =>
  new Extension('1.3.6.1.4.1.99999.1', critical, Buffer.from([5, 0]))

/** Odd, and right all the same. */
const good: Omit<Case, 'answer'>[] = [
  { name: "the tool's own" },
  { name: 'an RSA key', keys: 'rsa' },
  { name: 'common name before organisation', subject: [{ CN: [pretended] }, { O }] },
  { name: 'both in one RDN', subject: [{ O, CN: [pretended] }] },
  { name: 'other attributes besides', subject: [{ C: ['XX'] }, { O }, { OU: ['tools'] }, { CN: [pretended] }] },
  {
    name: 'names as UTF8String',
    subject: [{ O: utf8StringOf('toolforge') }, { CN: utf8StringOf(pretended) }],
  },
  {
    name: 'names as BMPString',
    subject: [{ O: [{ bmpString: 'toolforge' }] }, { CN: [{ bmpString: pretended }] }],
  },
  {
    name: 'names as IA5String',
    subject: [{ O: [{ ia5String: 'toolforge' }] }, { CN: [{ ia5String: pretended }] }],
  },
  { name: 'for servers and clients', extendedUsages: [usages.server, usages.client] },
  { name: 'no key usage', keyUsage: 'absent' },
  { name: 'several key usages', keyUsage: KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment },
  { name: 'an unknown extension that is not critical', extensions: [unknownExtension(false)] },
  { name: '2048 alternative names', extensions: [alternativeNames(2048)] },
]

/** By the root, but nothing that we may believe: 401. */
const notVerified = (now: number): Omit<Case, 'answer'>[] => [
  { name: 'expired', notBefore: now - 2 * day, notAfter: now - minute, reason: /expired on \d{4}-\d\d-\d\dT.*Z/ },
  {
    name: 'not yet valid',
    notBefore: now + day,
    notAfter: now + 2 * day,
    reason: /not valid before \d{4}-\d\d-\d\dT.*Z/,
  },
  { name: 'no usage at all', extendedUsages: [], reason: /clientAuth/ },
  { name: 'for servers only', extendedUsages: [usages.server], reason: /clientAuth/ },
  { name: 'for any usage, but clients not named', extendedUsages: [usages.any], reason: /clientAuth/ },
  { name: 'a key that may not sign', keyUsage: KeyUsageFlags.keyEncipherment, reason: /digitalSignature/ },
  { name: 'a critical extension unknown to us', extensions: [unknownExtension(true)], reason: /critical extension/ },
  {
    name: 'an authority under the root',
    ca: true,
    extendedUsages: [usages.client],
    keyUsage: KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign,
    reason: /authority's own/,
  },
  { name: 'signed with SHA-1', hash: 'SHA-1', reason: /not safe/ },
  { name: 'an RSA key of 1024 bits', keys: 'rsa1024', reason: /too short/ },
]

const twoNames = /exactly one common name/
const organisations = /exactly one organisation/
const noTool = /no tool can be called/

/** Verified, and nobody who may: 403. */
const subjects: [name: string, subject: Name, reason: RegExp][] = [
  ['two common names', [{ O }, { CN: [pretended] }, { CN: ['tf-other'] }], twoNames],
  ['two common names in one RDN', [{ O }, { CN: [pretended, 'tf-other'] }], twoNames],
  ['two common names, both the same', [{ O }, { CN: [pretended] }, { CN: [pretended] }], twoNames],
  ["a person's name behind the tool's", [{ O }, { CN: [pretended] }, { CN: ['person:alice'] }], twoNames],
  ['no common name', [{ O }], twoNames],
  ['an empty subject', [], twoNames],
  ['no organisation', [{ CN: [pretended] }], organisations],
  ['another organisation', [{ O: ['system:masters'] }, { CN: [pretended] }], organisations],
  ['two organisations', [{ O }, { O: ['system:masters'] }, { CN: [pretended] }], organisations],
  ['two organisations, ours last', [{ O: ['tools'] }, { O }, { CN: [pretended] }], organisations],
  ['two organisations in one RDN', [{ O: ['toolforge', 'tools'] }, { CN: [pretended] }], organisations],
  ['the organisation twice', [{ O }, { O }, { CN: [pretended] }], organisations],
  ['an empty organisation', [{ O: [''] }, { CN: [pretended] }], organisations],
  ['an empty organisation besides', [{ O }, { O: [''] }, { CN: [pretended] }], organisations],
  ['the organisation in capitals', [{ O: ['Toolforge'] }, { CN: [pretended] }], organisations],
  ['the organisation with a blank', [{ O: ['toolforge '] }, { CN: [pretended] }], organisations],
  ['the organisation with NUL', [{ O: ['toolforge\0'] }, { CN: [pretended] }], organisations],
  ['the organisation with a Cyrillic o', [{ O: ['t\u043eolforge'] }, { CN: [pretended] }], organisations],
  ['the organisation as a unit', [{ OU: O }, { CN: [pretended] }], organisations],
  ['an empty common name', called(''), noTool],
  ['NUL at the end', called(`${pretended}\0`), noTool],
  ['NUL and more', called(`${pretended}\0.evil`), noTool],
  ['a newline at the end', called(`${pretended}\n`), noTool],
  ['a newline within', called('tf\ntest'), noTool],
  ['a slash', called('tf/test'), noTool],
  ['two dots', called('..'), noTool],
  ['a way out', called('../tf-test'), noTool],
  ['an absolute path', called('/data/project/tf-test'), noTool],
  ['a dot', called('tf.test'), noTool],
  ['an underscore', called('tf_test'), noTool],
  ['a blank', called('tf test'), noTool],
  ['a colon', called('system:admin'), noTool],
  ['a plus that ends nothing', called('tf-test+O=toolforge'), noTool],
  ['a Cyrillic e', called('tf-t\u0435st'), noTool],
  ['letters of full width', called('\uff54\uff46-test'), noTool],
  ['text turned around', called('tf-\u202etset'), noTool],
  ['a letter of no width', called('tf-\u200btest'), noTool],
  ['a BMPString with a look-alike', [{ O }, { CN: [{ bmpString: 'tf-t\u0435st' }] }], noTool],
  ['capitals', called('TF-TEST'), noTool],
  ['one capital', called('tf-Test'), noTool],
  ['54 characters', called('a'.repeat(54)), noTool],
  ['a hyphen first', called('-tf-test'), noTool],
  ['a hyphen last', called('tf-test-'), noTool],
  ['2,000 characters', called('a'.repeat(2000)), noTool],
  ['a person', called('person:alice'), /one of a person/],
  ['an administrator', [{ O: ['toolforge-admins'] }, { CN: ['person:alice'] }], /one of a person/],
  ['a person without a name', called('person:'), /one of a person/],
  [
    'a TeletexString',
    rawName([[[organisation, utf8String, 'toolforge']], [[commonName, teletexString, pretended]]]),
    noTool,
  ],
  [
    'an organisation as TeletexString',
    rawName([[[organisation, teletexString, 'toolforge']], [[commonName, utf8String, pretended]]]),
    organisations,
  ],
]

/** Signed by somebody whom we do not know, whatever it says: 401. */
async function strangers(root: KeyPair, rootName: string, now: number): Promise<Presented[]> {
  const subject = called(pretended)
  const reason = /not signed directly by a certificate authority that this service trusts/
  const unknown = await forgeRoot('Unknown CA')
  const namesake = await forgeRoot(rootName)
  const leaf = await forge({ issuer: root, subject: called('tf-other') })
  const expired = { notBefore: now - 2 * day, notAfter: now - day }
  const pairs: [string, KeyPair][] = [
    ['an unknown authority', await forge({ issuer: unknown, subject })],
    ['an unknown authority, and expired', await forge({ issuer: unknown, subject, ...expired })],
    ["another authority of the root's name", await forge({ issuer: namesake, subject })],
    [
      "another key under the root's name and key identifier",
      await forge({ issuer: namesake, subject, claimedIssuer: { key: root.key } }),
    ],
    [
      "the root's key under another name",
      await forge({ issuer: root, subject, claimedIssuer: { name: [{ CN: ['X'] }] } }),
    ],
    ['signed by itself', await forge({ subject })],
    ["signed by itself under the root's name", await forge({ subject: [{ CN: [rootName] }] })],
    ['signed by a leaf', withChain(await forge({ issuer: leaf, subject }), leaf)],
    ['one authority in between', await throughIntermediates(root, 1)],
    ['twelve authorities in between', await throughIntermediates(root, 12)],
  ]
  return pairs.map(([name, pair]) => ({ name, pair, answer: 401, reason }))
}

const withChain = (leaf: KeyPair, ...chain: KeyPair[]): KeyPair => ({
  certificate: [leaf, ...chain].map(pair => pair.certificate).join(''),
  key: leaf.key,
})

async function throughIntermediates(root: KeyPair, count: number): Promise<KeyPair> {
  const chain: KeyPair[] = []
  let issuer = root
  for (let index = 1; index <= count; index += 1) {
    issuer = await forge({ issuer, subject: [{ CN: [`Intermediate ${index}`] }], ca: true })
    chain.unshift(issuer)
  }
  return withChain(await forge({ issuer, subject: called(pretended) }), ...chain)
}

/**
 * Every certificate that we know of with which somebody might try the door, made at `now` (milliseconds). `root` is an
 * authority of the server's bundle, called `rootName`, that may sign other authorities (`forgeRoot`).
 */
export async function hostileCertificates(root: KeyPair, rootName: string, now: number): Promise<Presented[]> {
  const cases: Case[] = [
    ...good.map(one => ({ ...one, answer: 200 as const })),
    ...notVerified(now).map(one => ({ ...one, answer: 401 as const })),
    ...subjects.map(([name, subject, reason]) => ({ name, subject, reason, answer: 403 as const })),
    {
      name: 'a name that is not UTF-8',
      answer: 403,
      overwrite: { from: pretended, to: Buffer.from([0x74, 0xff]) },
      reason: noTool,
      bytesOnly: true,
    },
    { name: 'too large for a ticket', answer: 'ends', extensions: [alternativeNames(4500)] },
    { name: 'too large for a message', answer: 'ends', extensions: [alternativeNames(6000)] },
  ]
  const made: Presented[] = [{ name: 'none', pair: undefined, answer: 401, reason: /No client certificate/ }]
  for (const { name, answer, reason, bytesOnly, ...forgery } of cases) {
    const pair = await forge({ issuer: root, subject: called(pretended), ...forgery })
    made.push({ name, pair, answer, ...(reason && { reason }), ...(bytesOnly && { bytesOnly }) })
  }
  made.push({ name: "the root's own", pair: root, answer: 401, reason: /authority's own/ })
  return [...made, ...(await strangers(root, rootName, now))]
}
