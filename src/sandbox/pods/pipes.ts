import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chownSync, closeSync, constants, openSync, unlinkSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Pipe {
  /** What was written; ends when nobody can write any more. */
  readonly output: Readable
  /** For a child's standard output. */
  readonly input: number
  /** To be called once the child has it: an open end here would keep the output from ending. */
  closeInput(): void
}

function open(path: string): Pipe {
  // A reader that does not wait for a writer comes first: else opening for writing would wait for a reader.
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const input = openSync(path, constants.O_WRONLY)
  unlinkSync(path)
  let closed = false
  return {
    output: new Socket({ fd: reader, readable: true, writable: false }),
    input,
    closeInput: () => {
      if (!closed) closeSync(input)
      closed = true
    },
  }
}

/**
 * Two pipes, as a container's standard output and error are. Node's own are sockets, and a program that opens
 * /dev/stdout fails on a socket.
 */
export async function openPipes(directory: string, owner?: { uid: number; gid: number }): Promise<[Pipe, Pipe]> {
  const name = join(directory, randomUUID())
  const paths: [string, string] = [`${name}.out`, `${name}.err`]
  await run('mkfifo', ['-m', '600', ...paths])
  if (owner !== undefined) for (const path of paths) chownSync(path, owner.uid, owner.gid)
  return [open(paths[0]), open(paths[1])]
}
