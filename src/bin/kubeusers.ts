#!/usr/bin/env node
import { kubeusersCommand } from '../kubeusers/command.ts'
import { systemClock } from '../platform/clock.ts'

const { stdout, stderr } = process
const stop = new AbortController()
process.exitCode = await kubeusersCommand(process.argv.slice(2), {
  clock: systemClock,
  signal: stop.signal,
  out: text => void stdout.write(text),
  err: text => void stderr.write(text),
  isTerminal: stderr.isTTY === true,
  interrupted: () => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error('interrupted')))
  },
})
