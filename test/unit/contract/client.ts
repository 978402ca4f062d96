import t from 'tap'
import { ApiError, createClient, pathOf, type WireReply, type WireRequest } from '../../../src/contract/client.ts'

const answering = (status: number, body: string) => {
  const sent: WireRequest[] = []
  const reply: WireReply = {
    status,
    text: async () => body,
    async *lines() {
      yield* body.split('\n')
    },
  }
  const client = createClient(async request => {
    sent.push(request)
    return reply
  })
  return { client, sent }
}

const job = { tool: 'tf-test', name: 'one' }

t.test('an operation becomes a request of its method, its first path and its query', async t => {
  const { client, sent } = answering(200, '{"jobs":[],"messages":{}}')
  t.same(await client.call('listJobs', { params: { tool: 'tf-test' }, query: { include_unset: 'True' } }), {
    jobs: [],
    messages: {},
  })
  t.same(sent, [
    { operation: 'listJobs', method: 'GET', path: '/jobs/v1/tool/tf-test/jobs?include_unset=True', body: undefined },
  ])
})

t.test('a body is sent as JSON, and either success status will do', async t => {
  const body = { name: 'one', imagename: 'bookworm', cmd: 'true' }
  for (const status of [200, 201]) {
    const { client, sent } = answering(status, '{"job":{}}')
    await client.call('createJob', { params: { tool: 'tf-test' }, body })
    t.same(JSON.parse(sent[0]?.body ?? ''), body)
  }
})

t.test('a refusal becomes an error with its texts, its code and the request it belongs to', async t => {
  const { client } = answering(404, '{"error":["no job one","create it"],"code":"not_found","request_id":"r1"}')
  const error = await client.call('showJob', { params: job }).catch(error => error)
  t.ok(error instanceof ApiError)
  t.match(error, { status: 404, code: 'not_found', requestId: 'r1', message: 'no job one\ncreate it' })
})

t.test('an answer that is not the service’s own says its status and its text', async t => {
  for (const text of ['<html>Bad gateway</html>', '', '[1]', '{"error":"text"}', '{"error":[]}', 'null']) {
    const { client } = answering(502, text)
    await t.rejects(client.call('showJob', { params: job }), { status: 502, message: `HTTP status 502: ${text}` }, text)
  }
  const { client } = answering(200, 'not JSON')
  await t.rejects(client.call('showJob', { params: job }), { message: /not JSON/ })
})

t.test('a stream comes line by line, blank lines left out', async t => {
  const { client } = answering(200, '{"message":"a"}\n\n{"message":"b"}\n')
  const messages: string[] = []
  for await (const line of await client.call('jobLogs', { params: job })) messages.push(line.message)
  t.same(messages, ['a', 'b'])
})

t.test('what is put into a path or a query is escaped', async t => {
  t.equal(
    pathOf('/tool/:tool/jobs/:name', { tool: 'a', name: 'b/c?d' }, { since: '1+2', lines: undefined }),
    '/tool/a/jobs/b%2Fc%3Fd?since=1%2B2',
  )
})
