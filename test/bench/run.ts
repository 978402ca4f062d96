// `npm run bench -- [--json] [--list] [NAME…]`: how fast it is, as ratios to a floor that is measured in the same run.

import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { clusterState } from '../cluster/state.ts'
import { benches, realBenches } from './benches.ts'
import { type Figure, figureOf } from './figures.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
})

const unknown = positionals.filter(name => !benches.some(bench => bench.name === name))
if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(', ')}; --list names them`)
  process.exit(2)
}

const row = (figure: Figure) => {
  const { name, value, unit, floor, ratio, min, max } = figure
  const compared = ratio === null ? `${min} to ${max}` : `${ratio} × the floor of ${floor} (${min} to ${max})`
  return `${name.padEnd(30)} ${String(value).padStart(8)} ${unit.padEnd(6)} ${compared}`
}

const named = benches.filter(bench => positionals.length === 0 || positionals.includes(bench.name))
const needsCluster = !values.list && named.some(bench => realBenches.includes(bench))
const isUp = needsCluster && clusterState().nodes.includes('Ready=True')
if (needsCluster && !isUp) console.error('SKIPPED: what needs the real cluster (npm run cluster up)')
const chosen = needsCluster && !isUp ? named.filter(bench => !realBenches.includes(bench)) : named
if (values.list) {
  for (const { name, what } of chosen) console.log(`${name.padEnd(30)} ${what}`)
} else {
  const figures: Figure[] = []
  for (const bench of chosen) {
    console.error(`${bench.name}: ${bench.what} …`)
    const figure = figureOf(bench, await bench.measure())
    figures.push(figure)
    console.error(row(figure))
  }
  console.error(
    `load average at the end: ${loadavg()
      .map(load => load.toFixed(1))
      .join(' ')}`,
  )
  if (values.json) console.log(JSON.stringify(figures, undefined, 2))
  if (figures.some(({ holds }) => holds === false)) process.exitCode = 1
}
