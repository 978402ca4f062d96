import { type Asked, type Match, matches } from './fault.ts'

/** How many requests of one sort there were. */
export interface RequestCount {
  verb: string
  /** With its subresource, as RBAC has it: `pods/log`; empty for what is no resource. */
  resource: string
  /** Of the answer; 0 while there is none, and when there never was one. */
  code: number
  count: number
}

/** Counts what is asked, from a mark on. */
export interface RequestLog {
  /** Counts a request at once; the result is told what it was answered. */
  begin(asked: Asked): (code: number) => void
  /** What has been asked since the mark, most first. */
  counts(match?: Match): RequestCount[]
  /** From now on is counted anew. */
  mark(): void
}

interface Counted {
  asked: Omit<Asked, 'name'>
  code: number
  count: number
}

const keyOf = ({ verb, plural, subresource, namespace, user }: Counted['asked'], code: number): string =>
  [verb, plural, subresource, namespace, user, code].join('\n')

export function createRequestLog(): RequestLog {
  let counted = new Map<string, Counted>()

  const add = (asked: Counted['asked'], code: number, count: number): void => {
    const key = keyOf(asked, code)
    const before = counted.get(key)
    if (before === undefined) counted.set(key, { asked, code, count })
    else before.count += count
    if (before?.count === 0) counted.delete(key)
  }

  return {
    begin: ({ name: _, ...asked }) => {
      const era = counted
      add(asked, 0, 1)
      return code => {
        // Of a request from before the mark the end is not counted either.
        if (era !== counted) return
        add(asked, 0, -1)
        add(asked, code, 1)
      }
    },
    counts: (match = {}) => {
      const sums = new Map<string, RequestCount>()
      for (const { asked, code, count } of counted.values()) {
        if (!matches(match, { ...asked, name: match.name ?? '' })) continue
        const resource = asked.subresource === '' ? asked.plural : `${asked.plural}/${asked.subresource}`
        const key = `${asked.verb} ${resource} ${code}`
        const sum = sums.get(key) ?? { verb: asked.verb, resource, code, count: 0 }
        sums.set(key, { ...sum, count: sum.count + count })
      }
      return [...sums.values()].sort((a, b) => b.count - a.count)
    },
    mark: () => {
      counted = new Map()
    },
  }
}
