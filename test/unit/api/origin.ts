import t from 'tap'
import { comesFromElsewhere } from '../../../src/api/origin.ts'

const host = 'jobs.example.org:30001'

t.test('a client that is no browser, and a page of ours, may write', async t => {
  t.notOk(comesFromElsewhere({ host }))
  t.notOk(comesFromElsewhere({ host, origin: `https://${host}` }))
  t.notOk(comesFromElsewhere({ host: host.toUpperCase(), origin: `https://${host}`, 'sec-fetch-site': 'same-origin' }))
  t.notOk(comesFromElsewhere({ host, 'sec-fetch-site': 'none' }))
})

t.test('a page from elsewhere may not, and what cannot be read is elsewhere', async t => {
  for (const origin of ['https://evil.example', 'https://jobs.example.org', 'null', '', `${host}`]) {
    t.ok(comesFromElsewhere({ host, origin }), origin)
  }
  t.ok(comesFromElsewhere({ origin: `https://${host}` }), 'no host to compare with')
  for (const site of ['cross-site', 'same-site', 'something-new', ''])
    t.ok(comesFromElsewhere({ host, 'sec-fetch-site': site }), site)
  t.ok(comesFromElsewhere({ host, origin: `https://${host}`, 'sec-fetch-site': 'cross-site' }))
})
