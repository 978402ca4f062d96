import type { Sample } from './figures.ts'

export const rounds = 5

/** Runs a measurement of both sides several times, one after the other, after one round that does not count. */
export async function alternate(value: () => Promise<number>, floor: () => Promise<number>): Promise<Sample[]> {
  const samples: Sample[] = []
  for (let round = 0; round <= rounds; round++) samples.push({ floor: await floor(), value: await value() })
  return samples.slice(1)
}
