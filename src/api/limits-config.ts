import { type Static, Type } from 'typebox'
import { Section } from '../platform/config.ts'

const count = (value: number, description: string, env: string) =>
  Type.Integer({ minimum: 1, maximum: 1_000_000, default: value, description, env })

const milliseconds = (value: number, description: string, env: string) =>
  Type.Integer({ minimum: 1, maximum: 3_600_000, default: value, description: `${description}, in milliseconds`, env })

/** How much one service instance takes on. */
export const limitsConfig = Section(
  {
    requests: count(2000, 'Requests that may be open at once, log streams among them', 'JOBS_API_REQUESTS'),
    requests_per_tool: count(
      20,
      'Requests of one tool that are worked on at once; more wait',
      'JOBS_API_REQUESTS_PER_TOOL',
    ),
    streams_per_tool: count(
      20,
      'Log streams of one tool that are open at once; more wait',
      'JOBS_API_STREAMS_PER_TOOL',
    ),
    wait_ms: milliseconds(
      5000,
      'How long a request of a busy tool waits before it is answered 503',
      'JOBS_API_WAIT_MS',
    ),
    request_ms: milliseconds(
      30_000,
      'How long the work on one request may take before it is answered 503; streams only up to their first byte',
      'JOBS_API_REQUEST_MS',
    ),
    writes_per_minute: count(
      120,
      'Changes that a tool may make a minute, in the long run',
      'JOBS_API_WRITES_PER_MINUTE',
    ),
    write_burst: count(100, 'Changes that a rested tool may make at once', 'JOBS_API_WRITE_BURST'),
  },
  'How much one instance of the service takes on',
)
export type LimitsConfig = Static<typeof limitsConfig>
