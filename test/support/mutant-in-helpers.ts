/**
 * For mutation tests: the helper processes of the homes get none of our environment, and with it no word of the mutant that is
 * being tried. Loaded before a test, this tells them; in a run that finds out which test covers what, they say what they covered.
 */
import childProcess, { type ChildProcess, type ForkOptions } from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'

const names = ['__STRYKER_ACTIVE_MUTANT__', 'STRYKER_DRY_RUN', 'STRYKER_NAMESPACE']
const told = Object.fromEntries(
  names.flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
)
const isDryRun = process.env['STRYKER_DRY_RUN'] === 'true'
const namespace = process.env['STRYKER_NAMESPACE'] ?? '__stryker__'

type Counts = Record<string, number>
interface Stryker {
  mutantCoverage?: { static: Counts; perTest: Record<string, Counts> }
}
const stryker = (): Stryker => {
  const found: unknown = Reflect.get(globalThis, namespace)
  if (typeof found === 'object' && found !== null) return found
  const made: Stryker = {}
  Reflect.set(globalThis, namespace, made)
  return made
}

/** In a helper: before each word to the service, what was covered so far. */
function tellCoverage(send: NonNullable<typeof process.send>): void {
  const telling = (...args: unknown[]): boolean => {
    Reflect.apply(send, process, [{ covered: stryker().mutantCoverage?.static ?? {} }])
    return Reflect.apply(send, process, args)
  }
  Object.assign(process, { send: telling })
}

function takeCoverage(covered: Counts): void {
  const known = stryker()
  known.mutantCoverage ??= { static: {}, perTest: {} }
  const counts = known.mutantCoverage.static
  for (const [mutant, count] of Object.entries(covered)) counts[mutant] = (counts[mutant] ?? 0) + count
}

/** Keeps what is meant for us from who listens to a helper. */
function listen(child: ChildProcess): ChildProcess {
  const emit = child.emit
  child.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    const [message] = args
    if (event !== 'message' || typeof message !== 'object' || message === null || !('covered' in message))
      return Reflect.apply(emit, child, [event, ...args])
    takeCoverage(message.covered as Counts)
    return true
  }
  return child
}

/** What a test has found is written down when it ends, in the folder where it began, wherever a mutant has led it. */
function comeBack(): void {
  const folder = process.cwd()
  const user = process.geteuid?.()
  process.prependListener('exit', () => {
    if (user !== undefined && process.geteuid?.() !== user) process.seteuid?.(user)
    process.chdir(folder)
  })
}

if (process.send !== undefined) tellCoverage(process.send)
else {
  comeBack()
  const { fork } = childProcess
  const forkTelling = (file: string, { env, execArgv = [], ...options }: ForkOptions): ChildProcess => {
    const more = isDryRun ? ['--import', import.meta.url] : []
    return listen(fork(file, { ...options, env: { ...env, ...told }, execArgv: [...more, ...execArgv] }))
  }
  Object.assign(childProcess, { fork: forkTelling })
  syncBuiltinESMExports()
}
