export type ProbeResult = 'success' | 'failure'

/** Counts equal results in a row. */
export interface Threshold {
  /** @returns the result once there were enough of it in a row. */
  add(result: ProbeResult): ProbeResult | undefined
}

export function createThreshold({
  successThreshold = 1,
  failureThreshold = 3,
}: {
  successThreshold?: number | undefined
  failureThreshold?: number | undefined
}): Threshold {
  let last: ProbeResult | undefined
  let run = 0
  return {
    add: result => {
      run = result === last ? run + 1 : 1
      last = result
      return run >= (result === 'success' ? successThreshold : failureThreshold) ? result : undefined
    },
  }
}
