import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Attribute, Change, Client } from 'ldapts'
import type { Test } from 'tap'
import { createAuthority } from '../../src/pki/authority.ts'
import { freePort } from './front-door.ts'
import { findProgram } from './programs.ts'
import { waitUntil } from './wait-until.ts'

export const suffix = 'dc=wikimedia,dc=org'
export const groups = `ou=servicegroups,${suffix}`
export const toolsBase = `ou=people,${groups}`
export const peopleBase = `ou=people,${suffix}`
export const adminGroup = `cn=tools.admin,${groups}`

/** A login that may read all, and nothing else. */
export const reader = { dn: `cn=reader,${suffix}`, password: 'p ässword' }
const root = { dn: `cn=root,${suffix}`, password: 'root' }

/** Debian's slapd with Toolforge's tree, on ports of 127.0.0.1 of its own. */
export interface Slapd {
  port: number
  tlsPort: number
  /** PEM files: the CA of its certificate, which is for localhost, and one that has nothing to do with it. */
  caFile: string
  otherCaFile: string
  passwordFile: string
  folder: string
  add(dn: string, attributes: Record<string, string | string[]>): Promise<void>
  /** Puts values in the place of others; none removes the attribute. */
  replace(dn: string, attribute: string, values: string[]): Promise<void>
  rename(dn: string, newDn: string): Promise<void>
  remove(dn: string): Promise<void>
  /** Ends it without a word. */
  kill(): Promise<void>
  stop(): Promise<void>
  start(): Promise<void>
}

export interface SlapdOptions {
  /** More lines of slapd.conf, within its database. */
  settings?: string[]
  /** LDIF that is in it when it starts, besides the tree. */
  entries?: string
  /** False: it has no certificate. */
  tls?: boolean
}

/** The entry of a tool as Toolforge has it, as LDIF. */
export const toolLdif = (name: string, uid: number): string =>
  [`dn: uid=tools.${name},${toolsBase}`, ...Object.entries(toolEntry(name, uid)).flatMap(lines), '', ''].join('\n')

const lines = ([name, value]: [string, string | string[]]): string[] => [value].flat().map(one => `${name}: ${one}`)

/** The attributes of a tool's entry. */
export const toolEntry = (name: string, uid: number): Record<string, string | string[]> => ({
  objectClass: ['inetOrgPerson', 'posixAccount'],
  cn: `tools.${name}`,
  sn: name,
  uid: `tools.${name}`,
  uidNumber: String(uid),
  gidNumber: String(uid),
  homeDirectory: `/data/project/${name}`,
})

/** The attributes of a person's entry. */
export const personEntry = (name: string, uid: number): Record<string, string | string[]> => ({
  ...toolEntry(name, uid),
  cn: `Person ${name}`,
  uid: name,
  homeDirectory: `/home/${name}`,
})

const tree = `dn: ${suffix}
objectClass: dcObject
objectClass: organization
dc: wikimedia
o: Test

dn: ${groups}
objectClass: organizationalUnit
ou: servicegroups

dn: ${toolsBase}
objectClass: organizationalUnit
ou: people

dn: ${peopleBase}
objectClass: organizationalUnit
ou: people

dn: ${reader.dn}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword:: ${Buffer.from(reader.password).toString('base64')}

dn: ${adminGroup}
objectClass: groupOfNames
cn: tools.admin
member: uid=nobody-yet,${peopleBase}

`

const tlsSettings = (folder: string): string =>
  `TLSCertificateFile ${folder}/tls.crt\nTLSCertificateKeyFile ${folder}/tls.key\nTLSVerifyClient never`

const configuration = (folder: string, { settings = [], tls = true }: SlapdOptions): string =>
  `
${['core', 'cosine', 'nis', 'inetorgperson'].map(name => `include /etc/ldap/schema/${name}.schema`).join('\n')}
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
pidfile ${folder}/slapd.pid
${tls ? tlsSettings(folder) : ''}
database mdb
suffix "${suffix}"
rootdn "${root.dn}"
rootpw ${root.password}
directory ${folder}/db
maxsize 104857600
dbnosync
index objectClass,cn,uid,modifyTimestamp eq
sizelimit unlimited
${settings.join('\n')}
overlay ppolicy
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="${reader.dn}" read by anonymous read by * none
`

async function writeCertificates(folder: string): Promise<void> {
  const life = { notBefore: Date.now() - 3_600_000, notAfter: Date.now() + 86_400_000 }
  const ca = await createAuthority({ commonName: 'LDAP CA', ...life })
  const other = await createAuthority({ commonName: 'Other CA', ...life })
  const pair = await ca.issue({
    subject: [{ CN: ['localhost'] }],
    usages: ['serverAuth'],
    hosts: ['localhost'],
    ...life,
  })
  const files = {
    'ca.pem': ca.certificate,
    'other.pem': other.certificate,
    'tls.crt': pair.certificate,
    'tls.key': pair.key,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 })
}

const program = (): string => findProgram('slapd') ?? 'slapd'

function load(folder: string, ldif: string): void {
  // The program is told by its name what to be.
  const { status, stderr } = spawnSync(program(), ['-T', 'add', '-q', '-f', join(folder, 'slapd.conf')], {
    input: ldif,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`slapadd ended with ${status}: ${stderr}`)
}

function createProcess(folder: string, { port, tlsPort, tls }: { port: number; tlsPort: number; tls: boolean }) {
  let child: ChildProcess | undefined
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    const exit = once(running, 'exit')
    running.kill(signal)
    await exit
  }
  const start = async () => {
    const urls = `ldap://127.0.0.1:${port}/ ${tls ? `ldaps://127.0.0.1:${tlsPort}/` : ''}`
    const started = spawn(program(), ['-d', '0', '-h', urls, '-f', join(folder, 'slapd.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child = started
    let printed = ''
    started.stderr?.setEncoding('utf8').on('data', text => (printed += text))
    await waitUntil(`slapd to listen on ${port}`, async () => {
      if (started.exitCode !== null) throw new Error(`slapd ended: ${printed}`)
      return answers(port)
    })
  }
  return { start, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
}

async function answers(port: number): Promise<boolean> {
  const client = new Client({ url: `ldap://127.0.0.1:${port}`, connectTimeout: 1000, timeout: 1000 })
  try {
    await client.search('', { scope: 'base', attributes: ['namingContexts'] })
    return true
  } catch {
    return false
  } finally {
    await client.unbind()
  }
}

export async function startSlapd(t: Test, options: SlapdOptions = {}): Promise<Slapd> {
  const folder = await mkdtemp(join(tmpdir(), 'slapd-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const ports = { port: await freePort(), tlsPort: await freePort() }
  await mkdir(join(folder, 'db'))
  await writeCertificates(folder)
  await writeFile(join(folder, 'slapd.conf'), configuration(folder, options))
  await writeFile(join(folder, 'password'), `${reader.password}\n`, { mode: 0o600 })
  load(folder, `${tree}${options.entries ?? ''}`)
  const server = createProcess(folder, { ...ports, tls: options.tls ?? true })
  // Before the folder goes: what is torn down last was set up first.
  t.teardown(server.kill)
  await server.start()

  const asRoot = async (work: (client: Client) => Promise<void>): Promise<void> => {
    const client = new Client({ url: `ldap://127.0.0.1:${ports.port}`, timeout: 20_000 })
    try {
      await client.bind(root.dn, root.password)
      await work(client)
    } finally {
      await client.unbind()
    }
  }
  return {
    ...ports,
    folder,
    caFile: join(folder, 'ca.pem'),
    otherCaFile: join(folder, 'other.pem'),
    passwordFile: join(folder, 'password'),
    add: (dn, attributes) => asRoot(client => client.add(dn, attributes)),
    replace: (dn, type, values) =>
      asRoot(client =>
        client.modify(dn, new Change({ operation: 'replace', modification: new Attribute({ type, values }) })),
      ),
    rename: (dn, newDn) => asRoot(client => client.modifyDN(dn, newDn)),
    remove: dn => asRoot(client => client.del(dn)),
    ...server,
  }
}
