import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')

/** The rooms by floor, lowest first (docs/design.md §3): an import goes down a floor, or stays in its room. */
const floors: readonly (readonly string[])[] = [
  ['contract', 'platform'],
  ['jobs', 'pki'],
  ['kube', 'homes', 'directory', 'registry'],
  ['api', 'kubeusers', 'webhooks', 'cli', 'sandbox'],
  ['local'],
  ['bin'],
]

/** Arrows that go down, and are forbidden all the same. */
const forbidden: readonly (readonly [from: string, to: RegExp, why: string])[] = [
  ['contract', /^(node:|.*\bnode_modules\b)/, 'a browser loads the contract'],
  [
    'sandbox',
    /^(jobs|kube|homes|registry|api)\//,
    'a stand-in written with the rules that it checks would agree with their bugs',
  ],
  ['sandbox', /^pki\/identity/, 'the sandbox decides on certificates by itself'],
  ['cli', /^(jobs|pki|kube|homes|directory|registry)\//, 'the command line knows only the contract and the platform'],
  ['jobs', /^node:(fs|net|http|https|tls|child_process|process)/, 'the rules do no I/O'],
  ['pki', /^node:(fs|net|http|https|tls|child_process|process)/, 'certificates are looked at, not fetched'],
]

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))

interface Import {
  file: string
  from: string
  /** `room/file.ts` for our own, else the module's name. */
  to: string
  typeOnly: boolean
}

const importsOf = (file: string): Import[] => {
  const text = readFileSync(join(root, 'src', file), 'utf8')
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s)?(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/gm,
  )
  return [...statements].map(([, type, name = '', dynamic]) => {
    const target = dynamic ?? name
    const to = target.startsWith('.') ? relative('.', join(dirname(file), target)) : target
    return { file, from: file.split('/')[0] ?? '', to, typeOnly: type !== undefined }
  })
}

const imports = files.flatMap(importsOf)
const floorOf = (room: string) => floors.findIndex(floor => floor.includes(room))

t.test('every source file is in a room of the design', async t => {
  for (const file of files) t.not(floorOf(file.split('/')[0] ?? ''), -1, file)
})

t.test('an import goes down a floor, or stays in its room', async t => {
  for (const { file, from, to } of imports.filter(({ to }) => to.endsWith('.ts'))) {
    const target = to.split('/')[0] ?? ''
    t.ok(target === from || floorOf(target) < floorOf(from), `${file} imports ${to}`)
  }
})

t.test('what a room may not know, it does not import', async t => {
  for (const { file, from, to, typeOnly } of imports) {
    for (const [room, target, why] of forbidden) {
      if (room === from && !typeOnly) t.notOk(target.test(to), `${file} imports ${to}: ${why}`)
    }
  }
})

t.test('single libraries are known in one place only', async t => {
  for (const { file, from, to, typeOnly } of imports) {
    if (to.startsWith('@peculiar/x509')) t.equal(from, 'pki', `${file} imports ${to}`)
    if (to.startsWith('@kubernetes/client-node')) t.ok(typeOnly, `${file} imports ${to} as more than types`)
  }
})

t.test('every imported package is a dependency of the product', async t => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const { file, to, typeOnly } of imports.filter(({ to }) => !/\.ts$|\.json$|^node:/.test(to))) {
    const name = to
      .split('/')
      .slice(0, to.startsWith('@') ? 2 : 1)
      .join('/')
    t.ok(name in dependencies || (typeOnly && name in devDependencies), `${file} imports ${name}`)
  }
})

t.test('time, environment and terminal are asked for in one place', async t => {
  const direct = /\bDate\.now\(|\bnew Date\(\)|\bprocess\.env\b|\bconsole\./
  for (const file of files.filter(name => !/^(platform|bin)\//.test(name))) {
    const lines = readFileSync(join(root, 'src', file), 'utf8').split('\n')
    const found = lines.filter(line => !/^\s*(\/\/|\*|\/\*)/.test(line) && direct.test(line))
    t.same(found, [], `${file} takes them as arguments`)
  }
})

t.test('a process is started in at most 25 lines', async t => {
  for (const file of files.filter(name => name.startsWith('bin/'))) {
    t.ok(
      readFileSync(join(root, 'src', file), 'utf8')
        .trimEnd()
        .split('\n').length <= 25,
      file,
    )
  }
})

t.test('a file holds one idea: at most 300 lines', async t => {
  for (const file of files) {
    t.ok(readFileSync(join(root, 'src', file), 'utf8').split('\n').length <= 301, file)
  }
})
