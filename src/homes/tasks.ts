import { type Credentials, checkCredentials } from './credentials.ts'
import { credentialSources, type Source } from './kubeconfig.ts'
import { homeLimits } from './limits.ts'
import { type LogPart, type LogRequest, readLogPart } from './log-file.ts'
import { inHome, type OpenHome, type Place, readSmall } from './open.ts'
import { homeOf, stepsWithin } from './paths.ts'
import { HomeProblem, quoted } from './problem.ts'

export interface CredentialsTask {
  kind: 'credentials'
  place: Place
  /** The kubeconfig's path within the home. */
  kubeconfig: string
  /** The name of the tool's user entry in it. */
  user: string
  /** Milliseconds since 1970. */
  now: number
}

export interface LogTask {
  kind: 'log'
  place: Place
  /** As the tool wrote it: absolute, or relative to the home. */
  path: string
  part: LogRequest
}

export type Task = CredentialsTask | LogTask

export type OwnedCredentials = Credentials & { uid: number; gid: number }

/** Told before each part of a task: whether the disk or a tenant's text may keep it from ending. */
export type OnBusy = (with_: 'disk' | 'text') => void

/** Reads and checks a tool's certificate and key. Synchronous, for a helper process. @throws HomeProblem */
export function readCredentials(task: CredentialsTask, onBusy: OnBusy): OwnedCredentials {
  const home = homeOf(task.place.root, task.place.tool)
  const pem = inHome(task.place, open => {
    const steps = located(home, task.kubeconfig)
    const text = readSmall(open, steps, homeLimits.kubeconfigBytes).toString('utf8')
    onBusy('text')
    const sources = credentialSources(text, task.user)
    onBusy('disk')
    const read = (source: Source) => pemOf(open, source, path => located(home, path, steps.slice(0, -1)))
    return { uid: open.uid, gid: open.gid, certificate: read(sources.certificate), key: read(sources.key) }
  })
  onBusy('text')
  return { uid: pem.uid, gid: pem.gid, ...checkCredentials(pem, task.place.tool, task.now) }
}

function located(home: string, path: string, folder: readonly string[] = []): string[] {
  const steps = stepsWithin(home, path, folder)
  if (steps === undefined) throw new HomeProblem('wrong', `${quoted(path)} does not lie within the tool's home`)
  return steps
}

function pemOf(open: OpenHome, source: Source, steps: (path: string) => string[]): string {
  if ('pem' in source) return source.pem
  return readSmall(open, steps(source.path), homeLimits.credentialBytes).toString('latin1')
}

/** Reads a part of a job's log; undefined when there is no such file. Synchronous, for a helper process. @throws HomeProblem */
export function readLog(task: LogTask): LogPart | undefined {
  const steps = located(homeOf(task.place.root, task.place.tool), task.path)
  try {
    return inHome(task.place, open => open.withFile(steps, (fd, size) => readLogPart(fd, size, task.part)))
  } catch (error) {
    if (error instanceof HomeProblem && error.kind === 'missing') return undefined
    throw error
  }
}
