import { rfc3339 } from '../platform/clock.ts'

/** The annotations of a tool's namespace that are ours; tools cannot write them. */
const prefix = 'kubeusers.toolforge.org/'

/** What kubeusers remembers of a tool, times in milliseconds since 1970. */
export interface Notes {
  /** Since when the tool is shut off, and why. */
  readonly shutOff?: ShutOff
  /** Since when the directory has not had it, while it is still served. */
  readonly missingSince?: number
  /** When it was last shut off for its absence; that stays when it is back. */
  readonly removed?: number
  /** When its last certificate was issued. */
  readonly issued?: number
  /** An operator wants a new key for it. */
  readonly newKey?: boolean
}

export interface ShutOff {
  /** Undefined where it cannot be read: nothing is deleted then. */
  readonly since: number | undefined
  readonly because: 'disabled' | 'absent'
  /** For people. */
  readonly reason: string
  /** Its workloads have been stopped. */
  readonly stopped: boolean
}

/** The names of the annotations, for people who write or look for one. */
export const noteNames = {
  shutOff: `${prefix}shut-off`,
  because: `${prefix}shut-off-because`,
  reason: `${prefix}shut-off-reason`,
  stopped: `${prefix}stopped`,
  missingSince: `${prefix}missing-since`,
  removed: `${prefix}removed`,
  issued: `${prefix}issued`,
  newKey: `${prefix}new-key`,
  /** On a workload: what it had before it was stopped. */
  replicas: `${prefix}replicas`,
  resume: `${prefix}resume`,
  /** On a quota: the version of the overrides that it follows. */
  version: `${prefix}version`,
} as const

type Annotations = Readonly<Record<string, string>>

// RFC 3339 in full: Date.parse alone finds a year in almost any text with a number, and years ago is long enough to delete.
const rfc3339Pattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

function momentOf(text = ''): number | undefined {
  const moment = rfc3339Pattern.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(moment) ? undefined : moment
}

function shutOffOf(annotations: Annotations): ShutOff | undefined {
  const since = annotations[noteNames.shutOff]
  if (since === undefined) return undefined
  return {
    since: momentOf(since),
    because: annotations[noteNames.because] === 'disabled' ? 'disabled' : 'absent',
    reason: annotations[noteNames.reason] ?? '',
    stopped: annotations[noteNames.stopped] !== undefined,
  }
}

/** Reads what stands on a namespace; what cannot be read counts as not written. */
export function notesOf(annotations: Annotations = {}): Notes {
  const shutOff = shutOffOf(annotations)
  const missingSince = momentOf(annotations[noteNames.missingSince])
  const removed = momentOf(annotations[noteNames.removed])
  const issued = momentOf(annotations[noteNames.issued])
  return {
    ...(shutOff === undefined ? {} : { shutOff }),
    ...(missingSince === undefined ? {} : { missingSince }),
    ...(removed === undefined ? {} : { removed }),
    ...(issued === undefined ? {} : { issued }),
    ...(annotations[noteNames.newKey] === undefined ? {} : { newKey: true }),
  }
}

/** Annotations to write; null takes one away. */
export type AnnotationPatch = Record<string, string | null>

/** What is written when a tool is shut off at a moment. */
export const shutOffNotes = (now: number, because: ShutOff['because'], reason: string): AnnotationPatch => ({
  [noteNames.shutOff]: rfc3339(now),
  [noteNames.because]: because,
  [noteNames.reason]: reason,
  [noteNames.missingSince]: null,
  ...(because === 'absent' ? { [noteNames.removed]: rfc3339(now) } : {}),
})

export const stoppedNote = (now: number): AnnotationPatch => ({ [noteNames.stopped]: rfc3339(now) })
export const missingNote = (now: number): AnnotationPatch => ({ [noteNames.missingSince]: rfc3339(now) })
export const foundNote: AnnotationPatch = { [noteNames.missingSince]: null }
export const issuedNote = (now: number): AnnotationPatch => ({
  [noteNames.issued]: rfc3339(now),
  [noteNames.newKey]: null,
})

/** What is taken away when a tool is back, or its workloads run again. */
export const returnedNotes: AnnotationPatch = {
  [noteNames.shutOff]: null,
  [noteNames.because]: null,
  [noteNames.reason]: null,
  [noteNames.stopped]: null,
  [noteNames.missingSince]: null,
}
