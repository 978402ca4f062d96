import { at, listAt } from '../../support/json.ts'
import { becomes, changed, collections, created, got, mergePatch, namesIn, refused, roomyTool } from './kit.ts'
import type { Suite } from './target.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const secretOf = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  ...more,
})

/** What is kept from the eyes of others. */
export const secrets: Suite = async (t, target) => {
  const tool = await roomyTool(target)
  const { client } = tool
  const { secrets: own } = collections(tool)
  const invalid = (message: RegExp) => ({ code: 422, reason: 'Invalid', message })

  await t.test('texts become bytes, and go before them', async t => {
    const made = await created(
      client,
      own,
      secretOf('texts', { data: { a: base64('bytes'), b: base64('kept') }, stringData: { a: 'text ä' } }),
    )
    t.equal(at(made, 'type'), 'Opaque')
    t.strictSame(at(made, 'data'), { a: base64('text ä'), b: base64('kept') })
    t.notOk('stringData' in Object(made))
    const after = await changed(client, `${own}/texts`, { stringData: { c: 'new' } })
    t.strictSame(at(after, 'data'), { a: base64('text ä'), b: base64('kept'), c: base64('new') })
    t.strictSame(at(await got(client, `${own}/texts`), 'data'), at(after, 'data'))
  })

  await t.test('bytes are base64, whose lines may be broken', async t => {
    const made = await created(client, own, secretOf('broken-lines', { data: { a: 'YWJj\nZGVm' } }))
    t.strictSame(at(made, 'data'), { a: 'YWJjZGVm' })
    const cases: [value: string, byte: number][] = [
      ['!!!', 0],
      ['YWJjZ', 4],
      ['YWJj-GVm', 4],
    ]
    for (const [value, byte] of cases) {
      refused(t, await client.call('POST', own, { body: secretOf('bad', { data: { a: value } }) }), {
        code: 400,
        reason: 'BadRequest',
        message: `Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte ${byte}`,
      })
    }
  })

  await t.test('keys are safe as names of files, and a megabyte is the most', async t => {
    const make = (data: object) => client.call('POST', own, { body: secretOf('strict', { data }) })
    refused(
      t,
      await make({ 'a b': '' }),
      invalid(/^Secret "strict" is invalid: data\[a b\]: Invalid value: "a b": a valid config key must consist of/),
    )
    refused(t, await make({ '..': '' }), invalid(/data\[\.\.\]: Invalid value: "\.\.": must not be '\.\.'/))
    const large = Buffer.alloc(1024 * 1024 + 1, 'x').toString('base64')
    refused(
      t,
      await make({ a: large }),
      invalid(/^Secret "strict" is invalid: data: Too long: may not be more than 1048576 bytes$/),
    )
  })

  await t.test('each known type holds what belongs to it', async t => {
    const make = (type: string, fields: object = {}) =>
      client.call('POST', own, { body: secretOf('typed', { type, ...fields }) })
    const cases: [type: string, fields: object, message: RegExp][] = [
      ['kubernetes.io/tls', {}, /\[data\[tls\.crt\]: Required value, data\[tls\.key\]: Required value\]$/],
      ['kubernetes.io/basic-auth', {}, /\[data\[username\]: Required value, data\[password\]: Required value\]$/],
      ['kubernetes.io/ssh-auth', { stringData: { 'ssh-privatekey': '' } }, /data\[ssh-privatekey\]: Required value$/],
      ['kubernetes.io/dockercfg', {}, /data\[\.dockercfg\]: Required value$/],
      [
        'kubernetes.io/dockerconfigjson',
        { stringData: { '.dockerconfigjson': 'no' } },
        /data\[\.dockerconfigjson\]: Invalid value: "<secret contents redacted>": /,
      ],
      [
        'kubernetes.io/service-account-token',
        {},
        /metadata\.annotations\[kubernetes\.io\/service-account\.name\]: Required value$/,
      ],
    ]
    for (const [type, fields, message] of cases) refused(t, await make(type, fields), invalid(message))
    await created(client, own, secretOf('login', { type: 'kubernetes.io/basic-auth', stringData: { password: '' } }))
    await created(client, own, secretOf('any', { type: 'example.com/any' }))
    refused(
      t,
      await client.call('PATCH', `${own}/any`, { body: { type: 'Opaque' }, type: mergePatch }),
      invalid(/^Secret "any" is invalid: type: Invalid value: "Opaque": field is immutable$/),
    )
    const selector = encodeURIComponent('type=example.com/any')
    t.strictSame(namesIn(await got(client, `${own}?fieldSelector=${selector}`)), ['any'])
  })

  await t.test('an immutable one stays as it is', async t => {
    await created(client, own, secretOf('fixed', { stringData: { a: '1' }, immutable: true }))
    const patch = (body: object) => client.call('PATCH', `${own}/fixed`, { body, type: mergePatch })
    const why = 'field is immutable when `immutable` is set'
    refused(t, await patch({ stringData: { a: '2' } }), {
      ...invalid(/x/),
      message: `Secret "fixed" is invalid: data: Forbidden: ${why}`,
    })
    refused(t, await patch({ immutable: false }), {
      ...invalid(/x/),
      message: `Secret "fixed" is invalid: immutable: Forbidden: ${why}`,
    })
    t.equal((await patch({ metadata: { labels: { a: 'b' } } })).status, 200)
    t.equal((await client.call('DELETE', `${own}/fixed`)).status, 200)
  })

  await t.test('they are shown by type and number, never by content', async t => {
    await created(client, own, secretOf('shown', { stringData: { a: 'hush', b: '' } }))
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
    const reply = await client.call('GET', `${own}/shown?includeObject=None`, { headers })
    const names = listAt(reply.body, 'columnDefinitions').map(column => at(column, 'name'))
    t.strictSame(names, ['Name', 'Type', 'Data', 'Age'])
    t.strictSame(listAt(listAt(reply.body, 'rows')[0], 'cells').slice(0, 3), ['shown', 'Opaque', 2])
    t.notMatch(reply.text, base64('hush'))
  })

  await t.test('a quota counts them', async t => {
    const poor = await target.newTool()
    const mine = collections(poor).secrets
    const quota = `${collections(poor).quotas}/${poor.namespace}`
    await changed(target.admin, quota, { spec: { hard: { secrets: '1' } } })
    await becomes(target.admin, quota, object => at(object, 'status', 'hard', 'secrets') === '1')
    await created(poor.client, mine, secretOf('one'))
    refused(t, await poor.client.call('POST', mine, { body: secretOf('two') }), {
      code: 403,
      reason: 'Forbidden',
      message: `secrets "two" is forbidden: exceeded quota: ${poor.namespace}, requested: secrets=1, used: secrets=1, limited: secrets=1`,
    })
  })

  await t.test('one tool does not see those of another', async t => {
    const other = await target.newTool()
    refused(t, await other.client.call('GET', `${own}/texts`), {
      code: 403,
      reason: 'Forbidden',
      message: `secrets "texts" is forbidden: User "${other.name}" cannot get resource "secrets" in API group "" in the namespace "${tool.namespace}"`,
    })
  })
}
