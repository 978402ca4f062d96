import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import type { KeyPair } from '../../src/pki/authority.ts'

export const isRoot = process.geteuid?.() === 0

/** The uid of a tool in tests: as root one of its own, else the tester's. */
export const toolUid = (number = 0): number => (isRoot ? 52_001 + number : (process.geteuid?.() ?? 0))

/** A folder for homes that every user may pass through; removed after the test. */
export function homesRoot(t: Test): string {
  const root = mkdtempSync(join(tmpdir(), 'homes-'))
  chmodSync(root, 0o755)
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  return root
}

/** The kubeconfig that the platform writes for a tool. */
export const kubeconfigOf = (
  tool: string,
  { certificate = '../.toolskube/client.crt', key = '../.toolskube/client.key' } = {},
): string => `apiVersion: v1
kind: Config
current-context: toolforge
clusters:
- name: toolforge
  cluster: {server: 'https://127.0.0.1:1'}
contexts:
- name: toolforge
  context: {cluster: toolforge, user: tf-${tool}, namespace: tool-${tool}}
users:
- name: tf-${tool}
  user:
    client-certificate: ${certificate}
    client-key: ${key}
`

export interface ToolHome {
  home: string
  /** Writes a file below the home, owned by the tool. */
  put(path: string, content: string | Buffer): string
  /** Hands a path to the tool. */
  own(path: string): void
}

/** A tool's home with nothing in it. */
export function emptyHome(root: string, tool: string, uid = toolUid()): ToolHome {
  const home = join(root, tool)
  const own = (path: string) => chownSync(path, uid, isRoot ? uid : (process.getegid?.() ?? uid))
  const folder = (path: string) => {
    if (mkdirSync(path, { recursive: true }) !== undefined) own(path)
  }
  folder(home)
  chmodSync(home, 0o2775)
  return {
    home,
    own,
    put(path, content) {
      const file = join(home, path)
      folder(dirname(file))
      rmSync(file, { recursive: true, force: true })
      writeFileSync(file, content, { mode: 0o600 })
      own(file)
      return file
    },
  }
}

/** A tool's home as the platform makes it. */
export function toolHome(root: string, { tool, pair, uid }: { tool: string; pair: KeyPair; uid?: number }): ToolHome {
  const home = emptyHome(root, tool, uid)
  home.put('.kube/config', kubeconfigOf(tool))
  home.put('.toolskube/client.crt', pair.certificate)
  home.put('.toolskube/client.key', pair.key)
  return home
}
