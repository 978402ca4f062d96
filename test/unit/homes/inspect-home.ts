import fs, { chmodSync, chownSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import t from 'tap'
import { certificateState, contentOf, inspectHome } from '../../../src/homes/inspect-home.ts'
import { HomeProblem } from '../../../src/homes/problem.ts'
import type { KeyPair } from '../../../src/pki/authority.ts'
import { attributesOf } from '../../../src/pki/request.ts'
import { accessTo, newAuthority, provisioning, sign } from '../../support/provisioning.ts'
import { isRoot, toolUid } from '../../support/tool-home.ts'

const own = (path: string, uid = toolUid()) => chownSync(path, uid, isRoot ? uid : (process.getegid?.() ?? uid))

t.test('a look changes nothing, and tells the same as long as nothing is changed', async t => {
  const w = await provisioning(t)
  const again = () => w.again(stamp)
  let { stamp } = w.inspect()
  t.equal(again(), 'unchanged', 'no home')
  await w.provide()
  t.match(again(), { home: 'right' })
  stamp = w.inspect().stamp
  t.equal(again(), 'unchanged')
  const before = statSync(w.home).ctimeMs
  w.settle()
  t.equal(statSync(w.home).ctimeMs, before, 'nothing is put right that is right')
  t.equal(again(), 'unchanged')
  if (!isRoot) return
  chmodSync(w.home, 0)
  stamp = w.inspect().stamp
  t.equal(again(), 'unchanged', 'a home that is closed')
  own(w.home, toolUid(1))
  t.match(again(), { home: 'foreign' })
  stamp = w.inspect().stamp
  t.equal(again(), 'unchanged', 'a home of somebody else')
})

t.test(
  'each change of what is ours in a home gives another stamp; what the owner has there is his own business',
  async t => {
    const w = await provisioning(t)
    await w.provide()
    const path = (name: string) => join(w.home, name)
    const changes: Record<string, () => void> = {
      'the mode of the home': () => chmodSync(w.home, 0o2755),
      'no logs': () => rmSync(path('logs'), { recursive: true }),
      'the mode of a folder': () => chmodSync(path('.kube'), 0o755),
      'no folder': () => rmSync(path('.toolskube'), { recursive: true }),
      'the certificate': () => {
        chmodSync(path('.toolskube/client.crt'), 0o600)
        writeFileSync(path('.toolskube/client.crt'), 'x')
      },
      'the mode of the key': () => chmodSync(path('.toolskube/client.key'), 0o440),
      'no key': () => rmSync(path('.toolskube/client.key')),
      'the kubeconfig': () => writeFileSync(path('.kube/config'), 'x'),
      'another home': () => {
        renameSync(w.home, `${w.home}-before`)
        mkdirSync(w.home)
        own(w.home)
      },
    }
    for (const [what, change] of Object.entries(changes)) {
      await w.provide()
      const { stamp } = w.inspect()
      t.equal(w.again(stamp), 'unchanged')
      change()
      t.not(w.again(stamp), 'unchanged', what)
    }
    await w.provide()
    const { stamp } = w.inspect()
    writeFileSync(path('job.out'), 'x')
    mkdirSync(path('src'))
    writeFileSync(path('logs/a.log'), 'x')
    t.equal(w.again(stamp), 'unchanged')
  },
)

t.test('whoever asks for something else gets another stamp, whatever the home', async t => {
  const w = await provisioning(t)
  const other = await newAuthority('other')
  const look = (authority: typeof other, known?: string) => {
    const authorities = accessTo(authority).authorities
    return inspectHome({ assignment: w.assignment(), authorities, known }, () => {})
  }
  const differs = (what: string) => {
    const state = look(w.authority)
    if (state === 'unchanged') throw new Error('nothing was known')
    t.equal(look(w.authority, state.stamp), 'unchanged', what)
    t.not(look(other, state.stamp), 'unchanged', what)
  }
  differs('no home')
  await w.provide()
  differs('a good one')
  if (isRoot) {
    chmodSync(w.home, 0)
    differs('a closed one')
    own(w.home, toolUid(1))
    differs("somebody else's")
  }
})

t.test('a home that its owner has closed is to be mended, a person by himself', { skip: !isRoot }, async t => {
  const w = await provisioning(t)
  await w.provide()
  chmodSync(w.home, 0o2075)
  const reason = 'the home is closed to its own account'
  t.match(w.inspect(), {
    home: 'mend',
    reasons: [reason],
    key: { problem: 'unreadable', reason },
    certificate: { problem: 'unreadable', reason },
    kubeconfig: 'missing',
  })
  mkdirSync(w.config.people_root)
  const home = join(w.config.people_root, 'p')
  mkdirSync(home)
  own(home, toolUid(2))
  chmodSync(home, 0o500)
  t.match(w.inspect({ kind: 'person', name: 'p', uid: toolUid(2) }), { home: 'foreign', reasons: [reason] })
})

t.test('folders and files that are missing are told', async t => {
  const w = await provisioning(t)
  await w.provide()
  rmSync(join(w.home, '.kube'), { recursive: true })
  t.match(w.inspect(), { home: 'mend', reasons: ['".kube" is not there'], kubeconfig: 'missing' })
  rmSync(join(w.home, '.toolskube/client.key'))
  rmSync(join(w.home, 'logs'), { recursive: true })
  const { reasons, key } = w.inspect()
  t.same(reasons.toSorted(), ['".kube" is not there', '"logs" is not there'])
  t.match(key, { problem: 'missing' })
})

t.test('nothing is looked at through a link in the place of a folder, the inner one too', async t => {
  for (const linked of ['.config', '.config/next']) {
    const w = await provisioning(t, { kubeconfig: '.config/next/kubeconfig' })
    await w.provide()
    t.match(w.inspect(), { home: 'right', kubeconfig: 'right' })
    const elsewhere = join(w.root, 'elsewhere')
    const path = join(w.home, linked)
    renameSync(path, elsewhere)
    symlinkSync(elsewhere, path)
    const state = w.inspect()
    t.match(state, { home: 'foreign', reasons: [`"${linked}" is a symbolic link; put the folder itself there`] })
    writeFileSync(join(w.home, '.config/next/kubeconfig'), 'something else')
    t.equal(w.again(state.stamp), 'unchanged', linked)
  }
})

t.test('a fault of the disk is told; what the owner has closed to himself is not there', async t => {
  const w = await provisioning(t)
  await w.provide()
  const real = fs.lstatSync
  const put = (by: unknown): void => {
    Object.assign(fs, { lstatSync: by })
    syncBuiltinESMExports()
  }
  t.teardown(() => put(real))
  const failing = (code: string) =>
    put((...args: unknown[]): unknown => {
      if (String(args[0]).endsWith('.kube/config')) throw Object.assign(new Error(code), { code })
      return Reflect.apply(real, fs, args)
    })
  for (const code of ['EIO', 'ESTALE', 'EAGAIN']) {
    failing(code)
    t.throws(() => w.inspect(), {
      name: 'HomeProblem',
      kind: 'disk',
      message: `".kube/config" cannot be read now (${code})`,
    })
  }
  for (const code of ['EACCES', 'ENOTDIR', 'ELOOP']) {
    failing(code)
    t.match(w.inspect(), { stamp: /./ })
  }
})

t.test('only an authority that has that name and made that signature is the one of a certificate', async t => {
  const [one, same] = [await newAuthority('test'), await newAuthority('test')]
  const w = await provisioning(t)
  const { request } = await w.prepare()
  const state = (signer: KeyPair, authorities: readonly string[]) =>
    certificateState(Buffer.from(sign(signer, request)), attributesOf(w.assignment().subject), authorities)
  t.match(state(one, [one.certificate]), { signedBy: 0 })
  t.match(state(same, [one.certificate, same.certificate]), { signedBy: 1 })
  t.match(state(same, [one.certificate]), { signedBy: null }, 'another one of the same name')
  t.match(state(one, []), { signedBy: null })
})

t.test(
  'what stands in the way of reading a file is told; a fault of the disk, or of ours, is none of its content',
  async t => {
    const failing = (error: Error) => ({
      uid: 1,
      gid: 1,
      withFile(): never {
        throw error
      },
    })
    for (const kind of ['missing', 'wrong'] as const) {
      const problem = new HomeProblem(kind, 'x')
      t.equal(contentOf(failing(problem), ['a'], 10), problem)
    }
    for (const error of [new HomeProblem('disk', 'x'), new HomeProblem('unsettled', 'x'), new TypeError('x')])
      t.throws(() => contentOf(failing(error), ['a'], 10), error)
  },
)

t.test('it is told before a text is worked on, which decides who is to blame', async t => {
  const w = await provisioning(t)
  await w.provide()
  const phases: string[] = []
  const look = (known?: string) =>
    inspectHome({ assignment: w.assignment(), authorities: [], known }, phase => phases.push(phase))
  const state = look()
  t.same(phases, ['text'])
  if (state !== 'unchanged') t.equal(look(state.stamp), 'unchanged')
  t.same(phases, ['text'], 'where nothing was changed there is no text')
})

t.test('that nothing was changed is seen without becoming the owner, which is dear', { skip: !isRoot }, async t => {
  const w = await provisioning(t)
  await w.provide()
  const { stamp } = w.inspect()
  const real = process.seteuid
  let changes = 0
  const seteuid = (id: number) => {
    changes++
    real?.call(process, id)
  }
  Object.assign(process, { seteuid })
  t.teardown(() => Object.assign(process, { seteuid: real }))
  t.equal(w.again(stamp), 'unchanged')
  t.equal(changes, 0)
  chmodSync(join(w.home, '.kube'), 0o755)
  t.match(w.again(stamp), { home: 'mend' })
  t.ok(changes > 0)
})
