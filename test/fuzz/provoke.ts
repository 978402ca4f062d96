import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ErrorCode } from '../../src/contract/errors.ts'
import { limits } from '../../src/contract/limits.ts'
import { type Operation, type OperationId, operations } from '../../src/contract/operations.ts'
import { type Api, startApi } from '../support/api.ts'
import type { Instead } from '../support/between.ts'
import type { RawClient, Reply } from '../support/raw-client.ts'
import { openPeer } from '../support/tls-peer.ts'
import { waitUntil } from '../support/wait-until.ts'
import type { Ends } from './fuzz.ts'
import { type Way, wayOf } from './outcome.ts'

const [tool, other, denied] = ['tf-test', 'tf-other', 'tf-denied']
const base = { imagename: 'bookworm', filelog: false }
/** A job that goes on, one that has something to say and ends, and one that is not there. */
const running = { ...base, name: 'running', cmd: 'sleep 600' }
const talking = { ...base, name: 'talking', cmd: 'echo hello' }
const absent = { ...base, name: 'absent', cmd: 'true' }

interface Asked {
  id: OperationId
  job: typeof running
}

const operationOf = (id: OperationId): Operation => operations[id]

const pathOf = ({ id, job }: Asked, owner = tool): string =>
  operationOf(id).paths[0].replace(':tool', owner).replace(':name', job.name)

function bodyOf({ id, job }: Asked): object | undefined {
  if (operationOf(id).body === undefined) return undefined
  return id === 'planJobs' || id === 'applyJobs' ? { jobs: [job] } : job
}

/** Sends a request and reads its answer, of a stream the first line only. */
async function ask(
  client: RawClient,
  asked: Asked,
  { path = pathOf(asked), body = bodyOf(asked) } = {},
): Promise<Reply> {
  const { method, format } = operationOf(asked.id)
  if (format !== 'lines' && format !== 'events') return client.call(method, path, body === undefined ? {} : { body })
  const { status, headers, lines, close } = await client.stream(path)
  for await (const text of lines) {
    close()
    return { status, headers, text, body: JSON.parse(text.replace(/^data: /, '') || 'null') }
  }
  return { status, headers, text: '', body: undefined }
}

/** The bytes that come back for bytes that are no whole request, as an answer. */
async function askRaw(api: Api, bytes: string): Promise<Reply> {
  const pair = api.pairOf(tool)
  const peer = await openPeer({ port: api.address.port, ca: api.ca, pair })
  peer.send(bytes)
  const text = await peer.closed()
  peer.socket.destroy()
  return {
    status: Number(text.split(' ')[1]),
    headers: {},
    text,
    body: JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4) || 'null'),
  }
}

const headOf = (asked: Asked): string =>
  `${operationOf(asked.id).method} ${pathOf(asked)} HTTP/1.1\r\nhost: localhost\r\n`

type Provocation = (api: Api, asked: Asked) => Promise<Reply>

const simple: Partial<Record<'done' | ErrorCode, Provocation>> = {
  // What makes a job makes one of its own, so that it is in nobody's way.
  done: (api, { id, job }) =>
    ask(api.as(tool), { id, job: operationOf(id).body === undefined ? job : { ...absent, name: id.toLowerCase() } }),
  bad_request: (api, asked) =>
    operationOf(asked.id).access === 'open'
      ? askRaw(api, `${headOf(asked)}no header\r\n\r\n`)
      : ask(api.as(tool), asked, { path: `${pathOf(asked)}?nonsense=1` }),
  not_allowed: (api, asked) => ask(api.as(denied), asked, { path: pathOf(asked, denied) }),
  tool_mismatch: (api, asked) => ask(api.as(tool), asked, { path: pathOf(asked, other) }),
  not_found: (api, asked) => ask(api.as(tool), { ...asked, job: absent }),
  request_timeout: (api, asked) => askRaw(api, headOf(asked)),
  headers_too_large: (api, asked) => askRaw(api, `${headOf(asked)}x-long: ${'x'.repeat(20_000)}\r\n\r\n`),
  too_large: (api, asked) =>
    ask(api.as(tool), asked, { body: { ...bodyOf(asked), cmd: 'x'.repeat(limits.bodyBytes) } }),
  exists: (api, asked) => ask(api.as(tool), { ...asked, job: { ...running, cmd: 'true' } }),
}

const refusals: Partial<Record<ErrorCode, { code: number; reason: string; message: string }>> = {
  quota: {
    code: 403,
    reason: 'Forbidden',
    message: 'jobs.batch "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=10, limited: pods=10',
  },
  admission: { code: 403, reason: 'Forbidden', message: 'admission webhook "rule" denied the request: not here' },
  exists: { code: 409, reason: 'AlreadyExists', message: 'jobs.batch "x" already exists' },
  conflict: { code: 409, reason: 'Conflict', message: 'the object has been modified' },
}

/** What the cluster says to the making of a job, though not to a dry run of it. */
const refusing =
  (code: ErrorCode): Instead =>
  (method, path) => {
    const refusal = refusals[code]
    if (refusal === undefined || method !== 'POST' || !/\/(jobs|cronjobs|deployments)$/.test(path)) return undefined
    return { status: refusal.code, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', ...refusal } }
  }

async function start(t: Ends): Promise<Api> {
  const folder = mkdtempSync(join(tmpdir(), 'provoke-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const deny_list_file = join(folder, 'denied.json')
  writeFileSync(deny_list_file, JSON.stringify([{ tool: denied, reason: 'its key is on a web page' }]))
  const listener = { deny_list_file, timeouts: { headers: 1, request: 2 } }
  const api = await startApi(t, {
    tools: [tool, other, denied],
    pods: 'processes',
    intercepted: true,
    config: { listener, log: { level: 'error' } },
  })
  const client = api.as(tool)
  const create = (job: typeof running) => ask(client, { id: 'createJob', job })
  for (const job of [running, talking]) {
    const { status, text } = await create(job)
    if (status !== 201) throw new Error(`the job ${job.name} was not made: ${text}`)
  }
  await waitUntil(
    'the job that talks to have talked',
    async () => (await ask(client, { id: 'logs', job: talking })).status === 200,
  )
  return api
}

/** What changes the jobs that the others ask about comes last. */
const isLast = (id: OperationId): boolean => id === 'deleteJob' || id === 'flushJobs' || id === 'restartJob'

interface Wanted {
  id: OperationId
  code: 'done' | ErrorCode
}

async function seenBy(id: OperationId, reply: Promise<Reply>): Promise<string> {
  const { status, body } = await reply
  const code = status < 400 ? null : String(Reflect.get(Object(body), 'code'))
  return wayOf({ operation: id, status, code })
}

/** All at once. */
const provokeSimple = (api: Api, wanted: readonly Wanted[]): Promise<string[]> =>
  Promise.all(
    wanted.flatMap(({ id, code }) => {
      const send = simple[code]
      return send === undefined ? [] : [seenBy(id, send(api, { id, job: talking }))]
    }),
  )

/** One after the other, with the cluster's refusal in between. */
async function provokeRefused(api: Api, wanted: readonly Wanted[]): Promise<string[]> {
  const seen: string[] = []
  for (const { id, code } of wanted) {
    if (code === 'done' || !(code in refusals)) continue
    const job = id === 'restartJob' ? running : absent
    if (id === 'restartJob') await ask(api.as(tool), { id: 'updateJob', job })
    api.between.instead = refusing(code)
    seen.push(await seenBy(id, ask(api.as(tool), { id, job })))
    api.between.instead = () => undefined
  }
  return seen
}

/** Makes requests of which it is known how each is to be answered; gives the ways that were seen. */
export async function provoke(t: Ends, ways: readonly Way[]): Promise<string[]> {
  if (ways.length === 0) return []
  const api = await start(t)
  const wanted = ways.map(way => {
    // As ways are written.
    const [id, code] = way.split(' ') as [OperationId, Wanted['code']]
    return { id, code }
  })
  const [early, late] = [false, true].map(turn =>
    wanted.filter(({ id, code }) => (code === 'done' && isLast(id)) === turn),
  )
  const seen = await provokeSimple(api, early ?? [])
  const left = wanted.filter(({ id, code }) => !seen.includes(`${id} ${code}`))
  seen.push(...(await provokeRefused(api, left)))
  for (const one of late ?? []) {
    await ask(api.as(tool), { id: 'updateJob', job: talking })
    seen.push(...(await provokeSimple(api, [one])))
  }
  return [...new Set(seen)]
}
