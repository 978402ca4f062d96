import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { type ClusterState, clusterState, missingPrograms } from './state.ts'

const help = `npm run cluster -- COMMAND

A real Kubernetes 1.36 on this machine for the tests; see test/cluster/README.md.

  up            builds what is missing, starts the cluster, and puts the image localhost/busybox:1 on its node
  down          stops it; objects, images and certificates are kept
  status        says whether it is up, and where its kubeconfig is (exit code 1: not up)
  build         builds the programs that are missing or of another version
  image NAME    puts an image on the node: busybox, node (needs NODE_BIN or node in PATH), or file OUT.tar
  wipe          stops it and removes all but the programs

All of it lies in CLUSTER_HOME (default: toolforge-jobs/cluster below the user's cache).
`

/** Runs a script of this folder in the foreground; gives its exit code. */
function script(name: string, ...words: string[]): number {
  const { status, error } = spawnSync('bash', [`${import.meta.dirname}/${name}`, ...words], { stdio: 'inherit' })
  if (error !== undefined) console.error(`error: bash could not be started: ${error.message}`)
  return status ?? 1
}

function inOrder(...steps: (() => number)[]): number {
  for (const step of steps) {
    const code = step()
    if (code !== 0) return code
  }
  return 0
}

const describe = (state: ClusterState): string =>
  [
    `state:      ${state.up ? 'up' : 'down'}`,
    `home:       ${state.home}`,
    ...(state.up
      ? [
          `kubeconfig: ${state.kubeconfig}`,
          `server:     ${state.server}`,
          `version:    ${state.version}`,
          `nodes:      ${state.nodes}`,
        ]
      : []),
    ...(state.missing.length > 0 ? [`not built:  ${state.missing.join(', ')} (npm run cluster build)`] : []),
  ].join('\n')

function status(): number {
  const state = clusterState()
  console.log(describe(state))
  return state.up ? 0 : 1
}

/** Without Go a cluster that was built before still starts. */
const buildMissing = (): number => (missingPrograms().length > 0 ? script('build.sh') : 0)

const commands: Record<string, (...words: string[]) => number> = {
  up: () =>
    inOrder(
      buildMissing,
      () => script('up.sh'),
      () => (clusterState().nodes.includes('node1') ? script('images.sh', 'busybox') : 0),
    ),
  down: () => script('down.sh'),
  status,
  build: (...names) => script('build.sh', ...names),
  image: (...words) => script('images.sh', ...words),
  wipe: () => script('down.sh', '--wipe'),
}

const words = (args: string[]) =>
  parseArgs({ args, allowPositionals: true, options: { help: { type: 'boolean', short: 'h' } } })

function main({ positionals, values }: ReturnType<typeof words>): number {
  if (values.help === true) {
    console.log(help)
    return 0
  }
  const [name, ...rest] = positionals
  const command = name === undefined ? undefined : commands[name]
  if (command === undefined) {
    console.error(name === undefined ? help : `error: no command '${name}'\n\n${help}`)
    return 2
  }
  return command(...rest)
}

try {
  process.exitCode = main(words(process.argv.slice(2)))
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 2
}
