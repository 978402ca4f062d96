import { at, listAt } from '../../support/json.ts'
import { changed, created, refused } from './kit.ts'
import type { Suite } from './target.ts'

const group = 'networking.k8s.io'

/** Who may speak with whom: what is written down, not what comes of it. */
export const networkPolicies: Suite = async (t, target) => {
  const { client, namespace } = await target.newTool()
  const own = `/apis/${group}/v1/namespaces/${namespace}/networkpolicies`
  const policyOf = (name: string, spec: object) => ({
    apiVersion: `${group}/v1`,
    kind: 'NetworkPolicy',
    metadata: { name },
    spec,
  })

  await t.test('what is left out has its usual meaning', async t => {
    const none = await created(client, own, policyOf('none', { podSelector: {} }))
    t.strictSame(at(none, 'spec'), { podSelector: {}, policyTypes: ['Ingress'] })
    t.equal(at(none, 'metadata', 'generation'), 1)
    const ports = [{ port: 80 }, { port: 'web', protocol: 'UDP' }, { port: 1000, endPort: 2000 }, {}]
    const from = [{ podSelector: {} }, { namespaceSelector: { matchLabels: { a: 'b' } }, podSelector: {} }]
    const both = await created(
      client,
      own,
      policyOf('both', { podSelector: { matchLabels: { a: 'b' } }, ingress: [{ from, ports }], egress: [{}] }),
    )
    t.strictSame(at(both, 'spec'), {
      podSelector: { matchLabels: { a: 'b' } },
      ingress: [{ from, ports: ports.map(port => ({ protocol: 'TCP', ...port })) }],
      egress: [{}],
      policyTypes: ['Ingress', 'Egress'],
    })
    const after = await changed(client, `${own}/both`, { spec: { egress: null } })
    t.strictSame(at(after, 'spec', 'policyTypes'), ['Ingress', 'Egress'])
    t.equal(at(after, 'metadata', 'generation'), 2)
  })

  await t.test('blocks of addresses are those of IPv4 and of IPv6', async t => {
    const to = [
      { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '10.2.3.4/32'] } },
      { ipBlock: { cidr: '2001:db8::/32', except: ['2001:db8:1::/48'] } },
      { ipBlock: { cidr: '0.0.0.0/0' } },
    ]
    const made = await created(client, own, policyOf('blocks', { podSelector: {}, egress: [{ to }] }))
    t.strictSame(at(made, 'spec', 'egress'), [{ to }])
  })

  await t.test('what means nothing is refused', async t => {
    const egress = (ipBlock: object) => ({ egress: [{ to: [{ ipBlock }] }] })
    const port = (fields: object) => ({ ingress: [{ ports: [fields] }] })
    const block = 'spec\\.egress\\[0\\]\\.to\\[0\\]\\.ipBlock'
    const at0 = 'spec\\.ingress\\[0\\]\\.ports\\[0\\]'
    const cases: [spec: object, message: string][] = [
      [{ ingress: [{ from: [{}] }] }, 'spec\\.ingress\\[0\\]\\.from\\[0\\]: Required value: must specify a peer$'],
      [
        { egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }] }] },
        'spec\\.egress\\[0\\]\\.to\\[0\\]: Forbidden: may not specify both ipBlock and another peer$',
      ],
      [egress({ cidr: '' }), `${block}\\.cidr: Required value`],
      [
        egress({ cidr: 'x' }),
        `${block}\\.cidr: Invalid value: "x": must be a valid CIDR value, \\(e\\.g\\. 10\\.9\\.8\\.0/24 or 2001:db8::/64\\)$`,
      ],
      [
        egress({ cidr: '10.0.0.1/8' }),
        `${block}\\.cidr: Invalid value: "10\\.0\\.0\\.1/8": must not have bits set beyond the prefix length$`,
      ],
      [
        egress({ cidr: '010.0.0.0/8' }),
        `${block}\\.cidr: Invalid value: "010\\.0\\.0\\.0/8": must not have leading 0s in IP or prefix length$`,
      ],
      [
        egress({ cidr: '::ffff:10.0.0.0/104' }),
        `${block}\\.cidr: Invalid value: "::ffff:10\\.0\\.0\\.0/104": must not have an IPv4-mapped IPv6 address$`,
      ],
      [
        egress({ cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] }),
        `${block}\\.except\\[0\\]: Invalid value: "11\\.0\\.0\\.0/16": must be a strict subset of \`cidr\`$`,
      ],
      [egress({ cidr: '10.0.0.0/8', except: ['10.0.0.0/8'] }), 'must be a strict subset of `cidr`$'],
      [
        port({ protocol: 'ICMP' }),
        `${at0}\\.protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"$`,
      ],
      [port({ port: 0 }), `${at0}\\.port: Invalid value: 0: must be between 1 and 65535, inclusive$`],
      [port({ port: 'UPPER' }), `${at0}\\.port: Invalid value: "UPPER": must contain only alpha-numeric characters`],
      [
        port({ port: 80, endPort: 79 }),
        `${at0}\\.endPort: Invalid value: 80: must be greater than or equal to \`port\`$`,
      ],
      [
        port({ port: 'web', endPort: 80 }),
        `${at0}\\.endPort: Invalid value: 80: may not be specified when \`port\` is non-numeric$`,
      ],
      [
        port({ endPort: 80 }),
        `${at0}\\.endPort: Invalid value: 80: may not be specified when \`port\` is not specified$`,
      ],
      [
        { policyTypes: ['Both'] },
        'spec\\.policyTypes\\[0\\]: Unsupported value: "Both": supported values: "Ingress", "Egress"$',
      ],
      [
        { policyTypes: ['Ingress', 'Egress', 'Ingress'] },
        'spec\\.policyTypes: Invalid value: .*: may not specify more than two policyTypes$',
      ],
      [
        { podSelector: { matchLabels: { a: '-' } } },
        'spec\\.podSelector\\.matchLabels: Invalid value: "-": a valid label must be',
      ],
    ]
    for (const [spec, message] of cases) {
      const body = policyOf('bad', { podSelector: {}, ...spec })
      refused(t, await client.call('POST', own, { body }), {
        code: 422,
        reason: 'Invalid',
        message: new RegExp(message),
      })
    }
  })

  await t.test('they are shown with the pods that they are about', async t => {
    await created(client, own, policyOf('shown', { podSelector: { matchLabels: { a: 'b' } } }))
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
    const row = async (name: string) => {
      const { body } = await client.call('GET', `${own}/${name}`, { headers })
      t.strictSame(
        listAt(body, 'columnDefinitions').map(column => at(column, 'name')),
        ['Name', 'Pod-Selector', 'Age'],
      )
      return listAt(listAt(body, 'rows')[0], 'cells').slice(0, 2)
    }
    t.strictSame(await row('shown'), ['shown', 'a=b'])
    t.strictSame(await row('none'), ['none', '<none>'])
  })
}
