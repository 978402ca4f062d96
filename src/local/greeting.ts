import { relative } from 'node:path'
import type { LocalTool } from './tools.ts'

/** What the greeting tells of. */
export interface Greeting {
  readonly apiUrl: string
  readonly controlPlaneUrl: string
  /** Where published jobs are served. */
  readonly webUrl: string
  readonly caFile: string
  /** The one that clients act as; absent where no tool may work. */
  readonly tool: LocalTool | undefined
  /** Milliseconds from the process's start until all answered. */
  readonly readyAfter: number
  /** Said aloud: a port that was taken, a program that this machine lacks. */
  readonly remarks: readonly string[]
}

type Path = (file: string) => string

/** What to type as the tool that there is. */
function commandsOf({ name, home }: LocalTool, { caFile, apiUrl }: Greeting, path: Path): string {
  const keys = path(`${home}/.toolskube`)
  return `Type in another terminal, in this folder:

  npx toolforge-jobs run hello --command 'echo "Hello from $TOOL_DATA_DIR"; date' --image bookworm --no-filelog --wait
  npx toolforge-jobs list
  npx toolforge-jobs logs hello

or, with nothing but the tool's certificate:

  curl --cacert ${path(caFile)} --cert ${keys}/client.crt --key ${keys}/client.key ${apiUrl}/jobs/v1/tool/${name}/jobs/hello/logs

Another tool:

  npx toolforge-sandbox tool add my-tool
`
}

const noTool = `Type in another terminal, in this folder:

  npx toolforge-sandbox tool add my-tool
`

/** The text that `npm start` prints when all is ready; each command in it works when pasted into another terminal. */
export function greeting(facts: Greeting, folder: string): string {
  const path: Path = file => relative(folder, file) || '.'
  const { tool, apiUrl, controlPlaneUrl, webUrl, remarks } = facts
  const home = tool === undefined ? '' : `  home of tool    ${path(tool.home)}\n`
  return `
Ready after ${(facts.readyAfter / 1000).toFixed(1)} s: a jobs API, its cluster, and ${tool === undefined ? 'no tool yet' : `the tool ${tool.name}`}.

  jobs API        ${apiUrl}  (TCP passthrough to the API's own mutual TLS)
  control plane   ${controlPlaneUrl}
  published jobs  ${webUrl}  (by host name: curl -H 'Host: ${tool?.name ?? 'TOOL'}.local' ${webUrl})
${home}${remarks.map(remark => `  note            ${remark}\n`).join('')}
${tool === undefined ? noTool : commandsOf(tool, facts, path)}
Ctrl-C stops it all.
`
}
