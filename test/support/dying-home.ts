/**
 * Does one task of a helper process and ends itself by SIGKILL before the file operation of a given number; says how many there
 * were when it got through. `node dying-home.ts NUMBER TASK`, the task as JSON.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const [number = '0', json = ''] = process.argv.slice(2)
const { provision } = await import('../../src/homes/provision-tasks.ts')

const operations = [
  'chmodSync',
  'chownSync',
  'closeSync',
  'fchmodSync',
  'fsyncSync',
  'lchownSync',
  'mkdirSync',
  'openSync',
  'renameSync',
  'rmdirSync',
  'unlinkSync',
  'writeSync',
] as const

let done = 0
for (const name of operations) {
  const real: unknown = fs[name]
  if (typeof real !== 'function') throw new Error(`there is no ${name}`)
  Object.assign(fs, {
    [name]: (...args: unknown[]): unknown => {
      if (++done === Number(number)) process.kill(process.pid, 'SIGKILL')
      return Reflect.apply(real, fs, args)
    },
  })
}
syncBuiltinESMExports()
process.umask(0o077)
await provision(JSON.parse(json), () => {})
process.stdout.write(String(done))
