const first = 10_000
const longest = 300_000
/** A container that ran this long, in milliseconds, begins with a short back-off again. */
const recovered = 600_000

/** Whether a container that ended so is started again. */
export const isRestarted = (policy: string | undefined, exitCode: number): boolean =>
  policy === 'Never' ? false : policy === 'OnFailure' ? exitCode !== 0 : true

export interface RestartBackoff {
  /** Milliseconds to wait before the next run; the last run took `ran` milliseconds. */
  next(ran: number): number
}

/** The first restart comes at once, then after 10, 20, 40 … seconds, at most 5 minutes. */
export function createRestartBackoff(): RestartBackoff {
  let delay = 0
  return {
    next: ran => {
      if (ran >= recovered) delay = 0
      const now = delay
      delay = Math.min(longest, delay === 0 ? first : delay * 2)
      return now
    },
  }
}

/** As a kubelet writes a back-off: `10s`, `2m40s`. */
export function goDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  const minutes = Math.floor(seconds / 60)
  return `${minutes > 0 ? `${minutes}m` : ''}${seconds % 60}s`
}
