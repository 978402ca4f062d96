import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'
import { type FrontDoor, type FrontDoorOptions, freePort, startProxy } from './front-door.ts'

const renderScript = join(import.meta.dirname, '../../nginx/render.sh')

/** The settings that make nginx serve these backends. */
const nginxServers = (backends: number[]): string =>
  backends.map(backend => `server 127.0.0.1:${backend} max_fails=1 fail_timeout=2s;`).join(' ')

interface NginxProcess {
  template: string
  environment: Record<string, string>
  /** Where it listens. */
  port: number
}

/** Fills in a template of nginx/ and starts nginx with it. */
async function startNginx(t: Test, { template, environment, port }: NginxProcess): Promise<FrontDoor> {
  const folder = await mkdtemp(join(tmpdir(), 'nginx-'))
  await chmod(folder, 0o755)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const log = join(folder, 'access.log')
  const render = spawn(renderScript, [folder, template], {
    env: { ...process.env, JOBS_LOG: log, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await once(render, 'exit')
  if (code !== 0) throw new Error(`nginx/render.sh ended with ${code}`)
  const globals = `daemon off; pid ${folder}/nginx.pid;`
  const command = ['nginx', '-c', join(folder, 'nginx.conf'), '-e', 'stderr', '-g', globals]
  return startProxy(t, { name: 'nginx', command, environment: {}, port, log })
}

/** nginx with its passthrough of port 30001 in front of the backends. */
export async function startNginxPassthrough(t: Test, { backends, settings }: FrontDoorOptions): Promise<FrontDoor> {
  const port = await freePort()
  const environment = { JOBS_LISTEN: `127.0.0.1:${port}`, JOBS_API_SERVERS: nginxServers(backends), ...settings }
  return startNginx(t, { template: 'jobs-passthrough', environment, port })
}

export interface SharedPortOptions extends FrontDoorOptions {
  /** The host name that goes to the backends. */
  host: string
  /** Port on 127.0.0.1 of the ordinary web front. */
  webFront: number
}

/** nginx with one host name of a shared port passed through to the backends. */
export async function startNginxShared(t: Test, options: SharedPortOptions): Promise<FrontDoor> {
  const port = await freePort()
  const environment = {
    SHARED_LISTEN: `127.0.0.1:${port}`,
    SHARED_HOP: `127.0.0.1:${await freePort()}`,
    JOBS_HOST: options.host,
    WEB_FRONT: `127.0.0.1:${options.webFront}`,
    JOBS_API_SERVERS: nginxServers(options.backends),
    ...options.settings,
  }
  return startNginx(t, { template: 'shared-443', environment, port })
}
