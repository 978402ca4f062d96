import { type CompleteJob, defaultCpu } from './complete.ts'
import { halfOf, quantity, sameQuantity } from './quantities.ts'
import type { JobsSettings } from './settings.ts'

/** Memory up to this is set aside as a whole, of more the half. */
const wholeMemory = quantity('512Mi')

/** What each pod of a job gets, and what is set aside for it. */
export function resourcesOf({ cpu, memory }: Pick<CompleteJob, 'cpu' | 'memory'>, settings: JobsSettings) {
  const asked = quantity(memory)
  return {
    limits: { cpu: sameQuantity(cpu, defaultCpu) ? settings.cpu_limit : cpu, memory },
    requests: { cpu, memory: asked <= wholeMemory ? memory : halfOf(memory, asked) },
  }
}
