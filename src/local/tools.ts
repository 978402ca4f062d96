import { join } from 'node:path'

/** A tool of the sandbox, and where its home and its kubeconfig are. */
export interface LocalTool {
  readonly name: string
  readonly home: string
  readonly kubeconfig: string
}

/** The tool that everybody has who does not ask for others. */
export const usualTool = 'tf-test'

/** The folder of a sandbox that holds the homes: what `/data/project` is in life. */
export const homesIn = (dir: string): string => join(dir, 'project')

/** A tool, and where everything of it is in a sandbox's folder. */
export function toolIn(dir: string, name: string): LocalTool {
  const home = join(homesIn(dir), name)
  return { name, home, kubeconfig: join(home, '.kube/config') }
}

/** The owner of the homes for which the accounts name none. */
export const ownUid = (): number => process.getuid?.() ?? 1000
