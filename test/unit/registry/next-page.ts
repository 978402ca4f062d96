import fc from 'fast-check'
import t from 'tap'
import { nextPage } from '../../../src/registry/next-page.ts'

const asked = { origin: 'https://r.example', path: '/v2/tool-x/x/tags/list?n=100' }
const next = (link: string | string[] | undefined) => nextPage(link, asked)

t.test('the next page is the one that is called so', async t => {
  const path = '/v2/tool-x/x/tags/list?last=b&n=100'
  t.equal(next(`<${path}>; rel="next"`), path)
  t.equal(next(`<https://r.example${path}>; rel=next`), path)
  t.equal(next('<?last=b>; rel="next"'), '/v2/tool-x/x/tags/list?last=b')
  t.equal(next(`</first>; rel="first", <${path}>;rel="NEXT"`), path)
  t.equal(next([`</first>; rel="first"`, `<${path}>; rel="next"`]), path)
})

t.test('there may be none', async t => {
  for (const link of [undefined, '', '</a>', '</a>; rel="prev"', 'next', [], '<a; rel="next"'])
    t.equal(next(link), undefined)
})

t.test('another origin or path is refused', async t => {
  const elsewhere = [
    'https://evil.example/v2/tool-x/x/tags/list?last=b',
    'http://r.example/v2/tool-x/x/tags/list?last=b',
    'https://r.example:444/v2/tool-x/x/tags/list',
    '//evil.example/v2/tool-x/x/tags/list',
    'https://u:p@r.example/v2/tool-x/x/tags/list',
    '/v2/tool-y/y/tags/list',
    '/v2/tool-x/x/tags/list/../../../tool-y/tags/list',
    '/v2/',
    'file:///etc/passwd',
    'http://[',
  ]
  for (const link of elsewhere) t.throws(() => next(`<${link}>; rel="next"`), /elsewhere/, link)
})

t.test('whatever a registry names, the page is of the same place', async () => {
  const text = fc.oneof(
    fc.webUrl({ withQueryParameters: true }),
    fc.string(),
    fc.constantFrom('?', '/v2/tool-x/x/tags/list?x#y', '\\\\evil'),
  )
  fc.assert(
    fc.property(text, link => {
      try {
        const path = next(`<${link}>; rel="next"`)
        return path === undefined || path.startsWith('/v2/tool-x/x/tags/list')
      } catch (error) {
        return error instanceof Error && error.message.includes('elsewhere')
      }
    }),
    { numRuns: 500 },
  )
})
