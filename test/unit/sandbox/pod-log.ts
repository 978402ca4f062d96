import t from 'tap'
import { pods } from '../../../src/sandbox/kinds/pod.ts'
import { podLog } from '../../../src/sandbox/pod-log.ts'
import type { LogRequest, PodLogs } from '../../../src/sandbox/pod-logs.ts'
import type { Sink } from '../../../src/sandbox/reply.ts'
import { badRequest, StatusError } from '../../../src/sandbox/status.ts'
import { createTestStore, newOf, podSpec } from '../../support/store.ts'

function setup(read: PodLogs['read'] = async function* () {}) {
  const { store } = createTestStore()
  const spec = { ...podSpec(), nodeName: 'n' }
  store.create(pods, newOf(pods, 'p', { spec }))
  store.create(
    pods,
    newOf(pods, 'two', {
      spec: {
        ...spec,
        containers: [
          { name: 'a', image: 'x' },
          { name: 'b', image: 'x' },
        ],
      },
    }),
  )
  store.create(pods, newOf(pods, 'unplaced', { spec: podSpec() }))
  const call = (query = '', name = 'p') =>
    podLog(
      { store, logs: { read } },
      { kind: pods, namespace: 'ns', name, query: new URLSearchParams(query), table: false, now: 0 },
      new AbortController().signal,
    )
  const refused = async (query: string, name?: string): Promise<StatusError> => {
    const error: unknown = await call(query, name).catch(caught => caught)
    if (error instanceof StatusError) return error
    throw new Error('it was not refused')
  }
  return { call, refused }
}

const sinkFor = (pieces: string[], signal = new AbortController().signal): Sink => ({
  write: chunk => pieces.push(Buffer.from(chunk).toString()),
  backlog: () => 0,
  drained: async () => undefined,
  signal,
})

t.test('the log is copied piece by piece', async t => {
  const asked: LogRequest[] = []
  const { call } = setup(async function* (_pod, container, request) {
    asked.push(request)
    yield Buffer.from(`${container} one\n`)
    yield Buffer.from('two\n')
  })
  const { body, type } = await call('tailLines=5&timestamps=true&follow=1&sinceSeconds=9&limitBytes=7')
  t.equal(type, 'text/plain')
  const pieces: string[] = []
  if (typeof body !== 'string') await body(sinkFor(pieces))
  t.strictSame(pieces, ['job one\n', 'two\n'])
  t.match(asked[0], {
    tailLines: 5,
    timestamps: true,
    follow: true,
    previous: false,
    sinceSeconds: 9,
    limitBytes: 7,
    sinceTime: undefined,
  })
})

t.test('what is refused before the first piece is a refusal', async t => {
  // biome-ignore lint/correctness/useYield: it fails before there is anything
  const { refused } = setup(async function* () {
    throw badRequest('container "job" in pod "p" is waiting to start: ContainerCreating')
  })
  t.equal((await refused('')).code, 400)
})

t.test('a reader that goes away ends the reading', async t => {
  let ended = false
  const { call } = setup(async function* () {
    try {
      for (;;) yield Buffer.from('x')
    } finally {
      ended = true
    }
  })
  const gone = new AbortController()
  const { body } = await call('follow=true')
  const pieces: string[] = []
  const sink = sinkFor(pieces, gone.signal)
  const write = (chunk: Uint8Array) => {
    sink.write(chunk)
    if (pieces.length === 3) gone.abort()
  }
  if (typeof body !== 'string') await body({ ...sink, write })
  t.ok(ended)
})

t.test('options are checked, and the container must be clear', async t => {
  const { refused } = setup()
  t.equal(
    (await refused('tailLines=-1')).message,
    'PodLogOptions "p" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
  )
  t.match((await refused('sinceSeconds=0')).message, 'sinceSeconds: Invalid value: 0: must be greater than 0')
  t.match((await refused('limitBytes=0')).message, 'limitBytes: Invalid value: 0: must be greater than 0')
  t.match((await refused('sinceSeconds=1&sinceTime=2020-01-01T00:00:00Z')).message, 'at most one of `sinceTime` or')
  t.equal((await refused('sinceTime=x')).code, 400)
  t.equal((await refused('', 'two')).message, 'a container name must be specified for pod two, choose one of: [a b]')
  t.equal((await refused('container=c', 'two')).message, 'container c is not valid for pod two')
  t.equal((await refused('', 'none')).code, 404)
})

t.test('a pod that no node has taken has nothing to say', async t => {
  t.equal((await setup().call('', 'unplaced')).code, 204)
})
