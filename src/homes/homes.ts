import { DomainError } from '../contract/errors.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import type { HomesConfig } from './config.ts'
import { within } from './deadline.ts'
import { homeLimits } from './limits.ts'
import type { LogPart, LogRequest } from './log-file.ts'
import type { Place } from './open.ts'
import { homeOf } from './paths.ts'
import { createPool, type Pool } from './pool.ts'
import { HomeProblem } from './problem.ts'
import type { OwnedCredentials } from './tasks.ts'
import { unavailable } from './trouble.ts'

/** What is needed to act as a tool on the cluster. */
export interface ToolCredentials extends OwnedCredentials {
  tool: string
  /** The home's path, as the tool's jobs see it. */
  home: string
}

/** The tools' homes, reached without ever touching them from this process. */
export interface Homes {
  /** Starts the helper processes; without it the first call does. */
  start(): Promise<void>
  /**
   * A tool's own certificate and key, valid now; from memory where they are known. Answers within the deadline.
   * @throws DomainError `unavailable` when the home or the disk hangs; `not_allowed` saying what is wrong with the home
   */
  credentials(tool: string): Promise<ToolCredentials>
  /**
   * A part of a log in a tool's home, or undefined when there is no such file. Answers within the deadline.
   * @throws DomainError `unavailable` when the home or the disk hangs; `not_allowed` when the file must not be read
   */
  readLog(tool: string, request: LogRequest & { path: string }): Promise<LogPart | undefined>
  /** Ends the helpers, without waiting for any that hangs. */
  stop(): Promise<void>
  /** The pids of the helper processes in use. */
  pids(): number[]
}

interface Known {
  credentials: ToolCredentials
  /** When to read them again; milliseconds since 1970. */
  refreshAt: number
}

export function createHomes(config: HomesConfig, { clock, log }: { clock: Clock; log: Logger }): Homes {
  const pool = createPool(config, { clock, log })
  const known = new Map<string, Known>()
  const loading = new Map<string, Promise<ToolCredentials>>()
  const place = (tool: string): Place => ({ root: config.root, tool, minUid: config.min_uid })
  const slow = (tool: string) => () =>
    unavailable(`The home of tool ${tool} on the shared disk does not answer`, config.retry_s)

  function remember(credentials: ToolCredentials): void {
    const { tool } = credentials
    known.delete(tool)
    known.set(tool, { credentials, refreshAt: clock.now() + config.refresh_s * 1000 })
    const [oldest] = known.keys()
    if (known.size > homeLimits.remembered && oldest !== undefined) known.delete(oldest)
  }

  async function load(tool: string): Promise<ToolCredentials> {
    try {
      const answer = await pool.run({
        kind: 'credentials',
        place: place(tool),
        kubeconfig: config.kubeconfig,
        user: `${config.user_prefix}${tool}`,
        now: clock.now(),
      })
      if ('problem' in answer) throw new HomeProblem(answer.problem.kind, answer.problem.message)
      if (!('credentials' in answer)) throw new Error('A helper process answered something else')
      const credentials = { tool, home: homeOf(config.root, tool), ...answer.credentials }
      remember(credentials)
      return credentials
    } catch (error) {
      if (error instanceof HomeProblem && (error.kind === 'missing' || error.kind === 'wrong')) known.delete(tool)
      throw error
    } finally {
      loading.delete(tool)
    }
  }

  /** One reading at a time for each tool, whoever asks. */
  function loadOnce(tool: string): Promise<ToolCredentials> {
    const running = loading.get(tool) ?? load(tool)
    loading.set(tool, running)
    return running
  }

  function refresh(tool: string, entry: Known): void {
    entry.refreshAt = clock.now() + config.retry_s * 1000
    loadOnce(tool).catch((error: unknown) => log.warn({ tool, err: error }, 'credentials could not be read again'))
  }

  return {
    start: () => pool.start(),
    pids: () => pool.pids(),
    async credentials(tool) {
      homeOf(config.root, tool)
      const entry = known.get(tool)
      const now = clock.now()
      if (entry === undefined || now > entry.credentials.notAfter)
        return within(loadOnce(tool), config.deadline_ms, slow(tool)).catch(refusedAs(tool, config.retry_s))
      if (now >= entry.refreshAt && !loading.has(tool)) refresh(tool, entry)
      return entry.credentials
    },
    readLog(tool, { path, ...part }) {
      homeOf(config.root, tool)
      return within(readLog(pool, place(tool), { path, part }), config.deadline_ms, slow(tool)).catch(
        refusedAs(tool, config.retry_s),
      )
    },
    async stop() {
      pool.stop()
    },
  }
}

async function readLog(
  pool: Pool,
  place: Place,
  { path, part }: { path: string; part: LogRequest },
): Promise<LogPart | undefined> {
  const maxBytes = Math.min(part.maxBytes, homeLimits.logBytes)
  const answer = await pool.run({ kind: 'log', place, path, part: { ...part, maxBytes } })
  if ('log' in answer) return answer.log
  if (!('problem' in answer)) throw new Error('A helper process answered something else')
  if (answer.problem.kind === 'missing') return undefined
  throw new HomeProblem(answer.problem.kind, answer.problem.message)
}

/** What stands in the way, as the tool's owner is told. */
const refusedAs =
  (tool: string, retryAfter: number) =>
  (error: unknown): never => {
    if (!(error instanceof HomeProblem)) throw error
    if (error.kind === 'disk')
      throw unavailable(`The home of tool ${tool} cannot be used: ${error.message}`, retryAfter)
    throw new DomainError(
      'not_allowed',
      `The home of tool ${tool} cannot be used: ${error.message.replace(/\.$/, '')}. ${advice}`,
      { cause: error },
    )
  }

const advice =
  'The platform writes the certificate, the key and the kubeconfig: undo what was changed there, or ask an administrator.'
