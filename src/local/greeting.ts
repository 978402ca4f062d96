import { relative } from 'node:path'

/** What the greeting tells of. */
export interface Greeting {
  readonly apiUrl: string
  readonly controlPlaneUrl: string
  /** Where published jobs are served. */
  readonly webUrl: string
  readonly caFile: string
  readonly tool: string
  readonly home: string
  /** Milliseconds from the process's start until all answered. */
  readonly readyAfter: number
  /** Said aloud: a port that was taken, a program that this machine lacks. */
  readonly remarks: readonly string[]
}

/** The text that `npm start` prints when all is ready; each command in it works when pasted into another terminal. */
export function greeting(facts: Greeting, folder: string): string {
  const path = (file: string) => relative(folder, file) || '.'
  const keys = path(`${facts.home}/.toolskube`)
  return `
Ready after ${(facts.readyAfter / 1000).toFixed(1)} s: a jobs API, its cluster, and the tool ${facts.tool}.

  jobs API        ${facts.apiUrl}  (TCP passthrough to the API's own mutual TLS)
  control plane   ${facts.controlPlaneUrl}
  published jobs  ${facts.webUrl}  (by host name: curl -H 'Host: ${facts.tool}.local' ${facts.webUrl})
  home of tool    ${path(facts.home)}
${facts.remarks.map(remark => `  note            ${remark}\n`).join('')}
Type in another terminal, in this folder:

  npx toolforge-jobs run hello --command 'echo "Hello from $TOOL_DATA_DIR"; date' --image bookworm --no-filelog --wait
  npx toolforge-jobs list
  npx toolforge-jobs logs hello

or, with nothing but the tool's certificate:

  curl --cacert ${path(facts.caFile)} --cert ${keys}/client.crt --key ${keys}/client.key ${facts.apiUrl}/jobs/v1/tool/${facts.tool}/jobs/hello/logs

Ctrl-C stops it all.
`
}
