import { ApiError } from '../contract/client.ts'
import { messageOf } from '../platform/message-of.ts'
import { CliError, exitCodes, Stopped } from './failure.ts'
import type { Output } from './output.ts'

/** Says what went wrong, in words and without a stack, and gives the exit code. */
export function report(error: unknown, output: Output): number {
  if (error instanceof Stopped) return error.exitCode
  if (error instanceof CliError) {
    output.error(error.message)
    return error.exitCode
  }
  if (error instanceof ApiError) return reportRefusal(error, output)
  output.error(`This should not have happened: ${messageOf(error)}`)
  output.debug(error instanceof Error ? (error.stack ?? '') : '')
  return exitCodes.failed
}

function reportRefusal(error: ApiError, output: Output): number {
  const { status, code, requestId, message } = error
  if (requestId !== undefined) output.debug(`refused as ${code ?? status}, request ${requestId}`)
  if (status < 500) {
    output.error(message)
    return exitCodes.refused
  }
  if (code === undefined) output.error('The jobs service seems to be down - please retry in a few minutes.')
  output.error(message)
  if (requestId !== undefined)
    output.error(`Please tell the administrators if it persists, with the request's id: ${requestId}`)
  return exitCodes.failed
}
