import { type TProperties, Type } from 'typebox'
import { Explanation } from './explain-schemas.ts'
import { LogLine } from './log-schemas.ts'
import { Plan } from './plan-schemas.ts'
import { choice, Exact, Image, Job, Messages, QuotaCategory } from './schemas.ts'

const Wrapped = <P extends TProperties>(properties: P) => Exact({ ...properties, messages: Messages })

export const replies = {
  images: Wrapped({ images: Type.Array(Image) }),
  quota: Wrapped({ quota: Exact({ categories: Type.Array(QuotaCategory) }) }),
  jobs: Wrapped({ jobs: Type.Array(Job) }),
  job: Wrapped({ job: Job }),
  update: Wrapped({ job_changed: Type.Boolean(), job: Job }),
  plan: Wrapped({ plan: Plan }),
  explanation: Wrapped({ explanation: Explanation }),
  done: Wrapped({}),
  logs: Wrapped({
    data: Exact({
      logs: Type.Array(LogLine),
      next: Type.Optional(
        Exact({ url: Type.String({ description: 'Of the next page, relative to the logs of the tool.' }) }),
      ),
    }),
  }),
  health: Exact({ status: choice(['ok', 'draining']) }),
} as const
