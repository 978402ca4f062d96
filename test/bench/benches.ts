import { changes } from './changes.ts'
import { coldList } from './cold.ts'
import type { Bench } from './figures.ts'
import { lists } from './lists.ts'
import { memory } from './memory.ts'
import { provisioning } from './provisioning.ts'
import { requests } from './requests.ts'
import { starts } from './starts.ts'
import { embedded, type InWorld, real } from './world.ts'
import { writes } from './writes.ts'

/** What is measured on either target. */
const onTarget = (name: (base: string) => string, inWorld: InWorld): Bench[] => [
  ...lists(name, inWorld),
  coldList(name('first-list'), inWorld),
  ...writes(name, inWorld),
  changes(name('change-to-client'), inWorld),
]

/** Those that need the real cluster. */
export const realBenches: readonly Bench[] = [...onTarget(base => `real-${base}`, real), ...provisioning]

/** All measurements, in the order of a full run. */
export const benches: readonly Bench[] = [
  ...onTarget(base => base, embedded),
  ...requests,
  ...memory,
  ...starts,
  ...realBenches,
]
