import process from 'node:process'

// What all tests of the service under faults have in common.

/** FAULTS_SEED chooses other calls. */
export const seed = Number(process.env['FAULTS_SEED'] ?? 1)

const requestMs = 8000
const waitMs = 1000

/** The service's own limits: short times, and as many writes as there are. */
export const limits = {
  request_ms: requestMs,
  wait_ms: waitMs,
  writes_per_minute: 1_000_000,
  write_burst: 1_000_000,
}

/** Milliseconds that a call may take in all on a machine that is busy. */
export const limitMs = requestMs + waitMs + 3000

/** So short that a round sees the lease end and memory grow old. */
export const views = { lease_s: 1, behind_s: 2 }
