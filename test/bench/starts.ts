import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { startLocal } from '../support/local.ts'
import { alternate, rounds } from './alternate.ts'
import type { Bench, Sample } from './figures.ts'
import { startFloor } from './floor.ts'
import { countShakes } from './shakes.ts'
import { embedded } from './world.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

const handshakes = (resumed: boolean): Bench => ({
  name: resumed ? 'handshakes-resumed' : 'handshakes-full',
  what: `${resumed ? 'resumed' : 'full'} handshakes with a client certificate a second, against bare node:tls`,
  unit: '/s',
  target: null,
  better: 'more',
  measure: () =>
    embedded(async ({ api, ca, server, tools: [{ certificate, key }] }) => {
      const floor = await startFloor({ kind: 'tls', ca, ...server })
      const shakes = { ca, certificate, key, resumed, milliseconds: 2000 }
      try {
        return await alternate(
          () => countShakes({ ...shakes, port: Number(new URL(api.url).port) }),
          () => countShakes({ ...shakes, port: floor.port }),
        )
      } finally {
        floor.stop()
      }
    }),
})

const timeToReady: Bench = {
  name: 'time-to-ready',
  what: "milliseconds from the start of the sandbox's process until all of it answers",
  unit: 'ms',
  target: null,
  better: 'less',
  async measure() {
    const samples: Sample[] = []
    for (let round = 0; round < rounds; round++) {
      const from = performance.now()
      const local = await startLocal([])
      samples.push({ value: performance.now() - from })
      await local.stop()
    }
    return samples
  },
}

const cliColdStart: Bench = {
  name: 'cli-cold-start',
  what: 'milliseconds of `toolforge-jobs --version`, against an empty program',
  unit: 'ms',
  target: null,
  better: 'less',
  async measure() {
    const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const time = async (args: string[]) => {
      const from = performance.now()
      await run(process.execPath, args, { cwd: root })
      return performance.now() - from
    }
    return alternate(
      () => time([bin['toolforge-jobs'], '--version']),
      () => time(['--eval', '0']),
    )
  },
}

export const starts: Bench[] = [handshakes(false), handshakes(true), timeToReady, cliColdStart]
