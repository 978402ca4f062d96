/** One measurement: what was measured, and the floor measured beside it; no floor where the figure is absolute. */
export interface Sample {
  value: number
  floor?: number
}

/** Something that is measured: how fast, how many, how long. */
export interface Bench {
  name: string
  what: string
  unit: string
  /** The ratio (or, without a floor, the value) to reach; null: recorded only. */
  target: number | null
  /** Whether more is better (throughput) or less (time). */
  better: 'more' | 'less'
  /** Several samples; whatever it starts, it stops. */
  measure(): Promise<Sample[]>
}

/** A bench's result, as `--json` prints it. */
export interface Figure {
  name: string
  what: string
  value: number
  floor: number | null
  ratio: number | null
  unit: string
  /** The smallest and the largest ratio (or value) of the samples: the noise. */
  min: number
  max: number
  target: number | null
  holds: boolean | null
}

/** The middle of some numbers; NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]]
  return (low + high) / 2
}

const round = (number: number) => Number(number.toPrecision(4))

/** Sums up samples: ratios are taken sample by sample, so that a slow minute of the machine weighs on both sides. */
export function figureOf(bench: Bench, samples: readonly Sample[]): Figure {
  const floors = samples.flatMap(({ floor }) => (floor === undefined ? [] : [floor]))
  const ratios = samples.flatMap(({ value, floor }) => (floor === undefined ? [] : [value / floor]))
  const judged = ratios.length > 0 ? ratios : samples.map(({ value }) => value)
  const result = median(judged)
  const { name, what, unit, target, better } = bench
  return {
    name,
    what,
    value: round(median(samples.map(({ value }) => value))),
    floor: floors.length > 0 ? round(median(floors)) : null,
    ratio: ratios.length > 0 ? round(result) : null,
    unit,
    min: round(Math.min(...judged)),
    max: round(Math.max(...judged)),
    target,
    holds: target === null ? null : better === 'more' ? result >= target : result <= target,
  }
}
