import { join } from 'node:path'
import type { Test } from 'tap'
import { type FrontDoor, type FrontDoorOptions, freePort, startProxy } from './front-door.ts'

const configuration = join(import.meta.dirname, '../../haproxy/haproxy.cfg')

/** HAProxy with haproxy/haproxy.cfg in front of up to three backends. */
export async function startHaproxy(t: Test, { backends, settings = {} }: FrontDoorOptions): Promise<FrontDoor> {
  const port = await freePort()
  const servers = Object.fromEntries(backends.map((backend, i) => [`JOBS_API_${i + 1}`, `127.0.0.1:${backend}`]))
  return startProxy(t, {
    name: 'haproxy',
    command: ['haproxy', '-db', '-f', configuration],
    environment: { JOBS_BIND: `127.0.0.1:${port}`, ...servers, ...settings },
    port,
  })
}
