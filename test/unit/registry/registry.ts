import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findImage, resolveImage } from '../../../src/jobs/images.ts'
import { parseConfig } from '../../../src/platform/config.ts'
import { quietLog } from '../../../src/platform/log.ts'
import { registryConfig } from '../../../src/registry/config.ts'
import { createRegistry } from '../../../src/registry/registry.ts'
import { type DockerRegistry, type DockerRegistryOptions, startDockerRegistry } from '../../support/docker-registry.ts'
import { havePrograms } from '../../support/programs.ts'
import { createTestClock } from '../../support/test-clock.ts'
import { waitUntil } from '../../support/wait-until.ts'

const signal = new AbortController().signal

function registryOf(t: Test, settings: Record<string, unknown>) {
  const clock = createTestClock()
  const config = parseConfig(registryConfig, JSON.stringify(settings))
  const registry = createRegistry(config, { clock, log: quietLog })
  t.teardown(() => registry.close())
  return { registry, clock }
}

async function world(t: Test, options?: DockerRegistryOptions, settings: Record<string, unknown> = {}) {
  const docker = await startDockerRegistry(t, options)
  return { docker, ...registryOf(t, { url: docker.url, ...settings }) }
}

const names = (images: readonly { name: string }[]) => images.map(({ name }) => name)

t.test('with the real docker-registry', async t => {
  if (!havePrograms(t, 'docker-registry')) return
  const { docker, registry, clock } = await world(t, {}, { repositories: ['tool-{tool}', 'worker'] })
  const digest = await docker.push('tool-x/tool-x', 'latest')

  await t.test("a tool's images are those of its repositories, with all their tags", async t => {
    await docker.push('tool-x/tool-x', 'v1')
    await docker.push('tool-x/worker', 'latest')
    await docker.push('tool-x/hidden', 'latest')
    await docker.push('tool-xy/tool-xy', 'latest')
    const images = await registry.imagesOf('x', signal)
    t.strictSame(names(images), ['tool-x/tool-x:latest', 'tool-x/tool-x:v1', 'tool-x/worker:latest'])
    t.strictSame(images[0], {
      name: 'tool-x/tool-x:latest',
      image: `${docker.host}/tool-x/tool-x:latest`,
      aliases: [],
      state: 'stable',
      kind: 'built',
    })
  })

  await t.test('a tool that has built nothing has no images', async t => {
    t.strictSame(await registry.imagesOf('nobody', signal), [])
  })

  await t.test('an answer is good for a few seconds', async t => {
    await docker.push('tool-x/tool-x', 'v2')
    t.notOk(names(await registry.imagesOf('x', signal)).includes('tool-x/tool-x:v2'))
    await clock.advance(5001)
    t.ok(names(await registry.imagesOf('x', signal)).includes('tool-x/tool-x:v2'))
  })

  await t.test('more tags than fit on a page are all listed', async t => {
    const tags = Array.from({ length: 103 }, (_, number) => `t${String(number).padStart(3, '0')}`)
    await docker.push('tool-many/tool-many', ...tags)
    t.strictSame(
      names(await registry.imagesOf('many', signal)),
      tags.map(tag => `tool-many/tool-many:${tag}`),
    )
  })

  await t.test('an address is resolved in all its forms, to what its tag stands for now', async t => {
    for (const wanted of ['tool-x/tool-x', 'tool-x/tool-x:latest', `${docker.host}/tool-x/tool-x:latest`]) {
      const image = await registry.resolve(wanted, signal)
      t.match(image, {
        name: 'tool-x/tool-x:latest',
        image: `${docker.host}/tool-x/tool-x:latest`,
        digest,
        kind: 'built',
      })
      t.match(findImage(image === undefined ? [] : [image], wanted), { name: 'tool-x/tool-x:latest' }, wanted)
    }
    t.match(await registry.resolve('tool-x/hidden', signal), { name: 'tool-x/hidden:latest' }, 'not listed, but there')
  })

  await t.test('a digest that is given must be there, and stays', async t => {
    for (const wanted of [`tool-x/tool-x@${digest}`, `tool-x/tool-x:latest@${digest}`, `tool-x/tool-x:old@${digest}`]) {
      const image = await registry.resolve(wanted, signal)
      t.match(image, { name: wanted, image: `${docker.host}/${wanted}`, digest })
      t.equal(resolveImage(image === undefined ? [] : [image], wanted).image, `${docker.host}/${wanted}`)
    }
    t.equal(await registry.resolve(`tool-x/tool-x:latest@sha256:${'0'.repeat(64)}`, signal), undefined)
  })

  await t.test('what is not there, or cannot be an image of a tool here, is no image', async t => {
    await docker.push('tool-a_b/x', 'latest')
    await docker.push('library/tool-x', 'latest')
    const absent = ['tool-x/tool-x:nope', 'tool-x/nope', 'tool-nobody/tool-nobody:latest']
    const never = [
      '',
      'tool-x',
      'library/tool-x',
      'tool-/x',
      'other.example/tool-x/tool-x',
      'tool-x/../tool-x',
      'tool-a_b/x',
      'python3.11',
      'x'.repeat(9999),
    ]
    for (const wanted of [...absent, ...never]) t.equal(await registry.resolve(wanted, signal), undefined, wanted)
  })

  await t.test('an image that is built after it was asked for is found at once', async t => {
    t.equal(await registry.resolve('tool-z/tool-z', signal), undefined)
    const digest = await docker.push('tool-z/tool-z', 'latest')
    t.match(await registry.resolve('tool-z/tool-z', signal), { digest })
    await docker.remove('tool-z/tool-z', digest)
    await clock.advance(5001)
    t.equal(await registry.resolve('tool-z/tool-z', signal), undefined, 'and when it is gone, it is')
    t.strictSame(await registry.imagesOf('z', signal), [], 'an emptied repository has no images')
  })

  await t.test('when it has stopped, nobody hears that there is no such image', async t => {
    await docker.stop()
    await clock.advance(5001)
    await t.rejects(registry.imagesOf('x', signal), { code: 'unavailable' })
    await t.rejects(registry.resolve('tool-x/tool-x', signal), { code: 'unavailable', message: /try again/ })
  })
})

t.test('a registry that wants a login gets it, and without it gives no answer', async t => {
  if (!havePrograms(t, 'docker-registry', 'python3')) return
  const login = { username: 'jobs', password: 'a:b ü' }
  const file = join(t.testdir({ password: `${login.password}\n`, wrong: 'x' }), 'password')
  const docker: DockerRegistry = await startDockerRegistry(t, { login })
  await docker.push('tool-x/tool-x', 'latest')
  const { registry } = registryOf(t, { url: docker.url, username: 'jobs', password_file: file })
  t.strictSame(names(await registry.imagesOf('x', signal)), ['tool-x/tool-x:latest'])
  const { registry: nobody } = registryOf(t, { url: docker.url })
  await t.rejects(nobody.imagesOf('x', signal), { code: 'unavailable' })
  writeFileSync(file, 'wrong')
  const { registry: wrong } = registryOf(t, { url: docker.url, username: 'jobs', password_file: file })
  await t.rejects(wrong.resolve('tool-x/tool-x', signal), { code: 'unavailable' })
})

/** A registry whose answers the test gives when it likes. */
async function slowRegistry(t: Test) {
  const waiting: ServerResponse[] = []
  const http = createServer((_, response) => void waiting.push(response)).listen(0, '127.0.0.1')
  await once(http, 'listening')
  t.teardown(() => {
    http.closeAllConnections()
    http.close()
  })
  const { port } = http.address() as AddressInfo
  const asked = (count: number) => waitUntil(`${count} questions`, () => waiting.length >= count)
  return { url: `http://127.0.0.1:${port}`, waiting, asked }
}

const oneTag = '{"tags":["latest"]}'

t.test('all who wait share one question, and none ends it for the others', async t => {
  const { url, waiting, asked } = await slowRegistry(t)
  const { registry } = registryOf(t, { url })
  const leaving = new AbortController()
  const first = registry.imagesOf('x', leaving.signal)
  const second = registry.imagesOf('x', signal)
  await asked(1)
  leaving.abort(new Error('gone'))
  await t.rejects(first, { message: 'gone' })
  await t.rejects(registry.imagesOf('x', leaving.signal), { message: 'gone' })
  waiting[0]?.end(oneTag)
  t.strictSame(names(await second), ['tool-x/tool-x:latest'])
  t.strictSame(names(await registry.imagesOf('x', signal)), ['tool-x/tool-x:latest'])
  t.equal(waiting.length, 1)
})

t.test('one that hangs is given up in time, and asked again by the next', async t => {
  const { url, waiting, asked } = await slowRegistry(t)
  const { registry } = registryOf(t, { url, timeout_ms: 200 })
  await t.rejects(registry.imagesOf('x', signal), { code: 'unavailable' })
  await t.rejects(registry.resolve('tool-x/tool-x', signal), { code: 'unavailable' })
  const third = registry.imagesOf('x', signal)
  await asked(3)
  waiting[2]?.end(oneTag)
  t.strictSame(names(await third), ['tool-x/tool-x:latest'])
})

t.test('many slow pages are given up as well', async t => {
  const { url, waiting } = await slowRegistry(t)
  const { registry } = registryOf(t, { url, timeout_ms: 500 })
  const list = registry.imagesOf('x', signal)
  let page = 0
  const answering = setInterval(() => {
    const link = `</v2/tool-x/tool-x/tags/list?last=${page}>; rel="next"`
    if (waiting[page] !== undefined) waiting[page++]?.writeHead(200, { link }).end(oneTag)
  }, 300)
  t.teardown(() => clearInterval(answering))
  await t.rejects(list, { code: 'unavailable' })
  t.ok(page < 10, `${page} pages`)
  clearInterval(answering)
  const again = registry.imagesOf('x', signal)
  const fresh = () => waiting.slice(1).find(({ req }) => req.url?.includes('last') === false)
  const response = await waitUntil('a question from the beginning', fresh)
  response.end(oneTag)
  t.strictSame(names(await again), ['tool-x/tool-x:latest'], 'the next who asks does not wait for the rest')
})

t.test('its end is the end of all who wait', async t => {
  const { url, asked } = await slowRegistry(t)
  const { registry } = registryOf(t, { url })
  const ended = Promise.all([
    t.rejects(registry.imagesOf('x', signal), { code: 'unavailable' }),
    t.rejects(registry.resolve('tool-x/tool-x', signal), { code: 'unavailable' }),
  ])
  await asked(2)
  await registry.close()
  await ended
})
