import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'
import { freePort } from './front-door.ts'
import { findProgram } from './programs.ts'
import { waitUntil } from './wait-until.ts'

/** Debian's docker-registry on a free port of 127.0.0.1, with its images in a temporary folder. */
export interface DockerRegistry {
  url: string
  /** As images name it. */
  host: string
  /** Pushes a tiny image, another one for each repository and first tag, and gives its digest. */
  push(repository: string, ...tags: string[]): Promise<string>
  /** Removes what a digest names, and with it its tags. */
  remove(repository: string, digest: string): Promise<void>
  stop(): Promise<void>
}

export interface DockerRegistryOptions {
  /** Who may use it; absent: everybody. */
  login?: { username: string; password: string }
  /** Paths of PEM files: it speaks TLS. */
  tls?: { certificate: string; key: string }
}

const hash = (text: string): string =>
  execFileSync(
    'python3',
    [
      '-W',
      'ignore',
      '-c',
      'import crypt,sys;print(crypt.crypt(sys.stdin.read(),crypt.mksalt(crypt.METHOD_BLOWFISH,rounds=16)))',
    ],
    {
      input: text,
      encoding: 'utf8',
    },
  ).trim()

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

/** Starts one, and stops it after the test. The programs docker-registry and, for a login, python3 must be there. */
export async function startDockerRegistry(
  t: Test,
  { login, tls }: DockerRegistryOptions = {},
): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-registry-'))
  const port = await freePort()
  const passwords = join(folder, 'htpasswd')
  if (login !== undefined) await writeFile(passwords, `${login.username}:${hash(login.password)}\n`)
  const configuration = join(folder, 'config.json')
  // JSON is YAML.
  const settings = {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'images') }, delete: { enabled: true } },
    http: {
      addr: `127.0.0.1:${port}`,
      ...(tls === undefined ? {} : { tls: { certificate: tls.certificate, key: tls.key } }),
    },
    ...(login === undefined ? {} : { auth: { htpasswd: { realm: 'test', path: passwords } } }),
  }
  await writeFile(configuration, JSON.stringify(settings))
  const child: ChildProcess = spawn(findProgram('docker-registry') ?? 'docker-registry', ['serve', configuration], {
    env: { PATH: process.env['PATH'] ?? '', OTEL_TRACES_EXPORTER: 'none' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', text => (printed += text))
  const ended = once(child, 'exit')
  const gone = () => child.exitCode !== null || child.signalCode !== null
  const stop = async () => {
    if (!gone()) child.kill('SIGTERM')
    await ended
  }
  t.teardown(async () => {
    await stop()
    await rm(folder, { recursive: true, force: true })
  })

  const host = `127.0.0.1:${port}`
  const url = `${tls === undefined ? 'http' : 'https'}://${host}`
  const authorization = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`

  const call = async (method: string, target: string, init: { body?: string; type?: string } = {}) => {
    const response = await fetch(new URL(target, url), {
      method,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(init.type === undefined ? {} : { 'content-type': init.type }),
      },
      ...(init.body === undefined ? {} : { body: init.body }),
    })
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`${method} ${target}: ${response.status}`)
    return response
  }
  const pushBlob = async (repository: string, content: string) => {
    const begun = await call('POST', `/v2/${repository}/blobs/uploads/`)
    const place = new URL(begun.headers.get('location') ?? '', url)
    place.searchParams.set('digest', digestOf(content))
    await call('PUT', place.href, { body: content, type: 'application/octet-stream' })
    return { digest: digestOf(content), size: Buffer.byteLength(content) }
  }

  await waitUntil(`docker-registry to listen on ${port}`, async () => {
    if (gone()) throw new Error(`docker-registry ended: ${printed}`)
    // With TLS this fails, but only once it listens.
    return fetch(`http://${host}/v2/`).then(
      response => response.arrayBuffer(),
      () => undefined,
    )
  })

  return {
    url,
    host,
    async push(repository, ...tags) {
      const content = `${repository} ${tags[0]}`
      const config = await pushBlob(
        repository,
        JSON.stringify({ architecture: 'amd64', os: 'linux', comment: content }),
      )
      const layer = await pushBlob(repository, `layer ${content}`)
      const manifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
        layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer }],
      })
      const type = 'application/vnd.oci.image.manifest.v1+json'
      for (const tag of tags) await call('PUT', `/v2/${repository}/manifests/${tag}`, { body: manifest, type })
      return digestOf(manifest)
    },
    remove: async (repository, digest) => {
      await call('DELETE', `/v2/${repository}/manifests/${digest}`)
    },
    stop,
  }
}
