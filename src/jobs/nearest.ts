/** Something with a name and other names that mean the same. */
interface Named {
  readonly name: string
  readonly aliases: readonly string[]
}

/** Characters of a wanted name that are looked at. */
const mostLength = 100
const mostNear = 3

/** Those whose name, or another name, is most like the wanted one, nearest first, at most three; none when none is like it. */
export function nearestTo<T extends Named>(wanted: string, among: readonly T[]): T[] {
  const text = wanted.slice(0, mostLength).toLowerCase()
  if (text.length < 2) return []
  const most = Math.max(1, Math.floor(text.length / 4))
  return among
    .map(one => ({ one, far: Math.min(...[one.name, ...one.aliases].map(name => distance(text, name.toLowerCase()))) }))
    .filter(({ far }) => far <= most)
    .sort((a, b) => a.far - b.far)
    .slice(0, mostNear)
    .map(({ one }) => one)
}

/** How many letters to change, add or leave out; less than one for a name that only goes on. */
function distance(text: string, name: string): number {
  if (name.startsWith(text)) return name === text ? 0 : 0.5
  const short = name.slice(0, mostLength)
  let last = Array.from({ length: short.length + 1 }, (_, column) => column)
  for (const [row, letter] of [...text].entries()) {
    const next = [row + 1]
    for (const [column, other] of [...short].entries()) {
      const [changed = 0, left = 0, added = 0] = [last[column], last[column + 1], next[column]]
      next.push(Math.min(changed + (letter === other ? 0 : 1), left + 1, added + 1))
    }
    last = next
  }
  return last.at(-1) ?? 0
}
