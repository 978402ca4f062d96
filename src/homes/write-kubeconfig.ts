import { opendirSync, renameSync } from 'node:fs'
import type { Assignment } from './assignment.ts'
import { kubeconfigMode } from './home-look.ts'
import { contentOf, textOf } from './inspect-home.ts'
import { freshKubeconfig } from './kubeconfig-entries.ts'
import { type Merge, mergeKubeconfig } from './kubeconfig-merge.ts'
import { homeLimits } from './limits.ts'
import { modeOf, type OwnHome } from './own-home.ts'
import { HomeProblem, namingWrites, quoted } from './problem.ts'
import type { OnBusy } from './tasks.ts'
import { lookAt, replaceFile } from './write-file.ts'

/**
 * Puts our entries into the kubeconfig of a home, or makes one. One that cannot be used is kept beside it, under a name with
 * the time. @throws HomeProblem
 */
export function writeKubeconfig(
  { kubeconfig, entries }: Assignment,
  home: OwnHome,
  { now, onBusy }: { now: number; onBusy: OnBusy },
): void {
  const folder = kubeconfig.slice(0, -1)
  const name = kubeconfig.at(-1) ?? ''
  const found = home.inFolder(folder, () => lookAt(name))
  const content = found === undefined ? undefined : contentOf(home, kubeconfig, homeLimits.kubeconfigBytes)
  onBusy('text')
  const merge = mergeOf(content, entries)
  onBusy('disk')
  if (merge.state === 'same' && (found === undefined || modeOf(found) === kubeconfigMode)) return
  const text = merge.state === 'same' ? content : merge.text
  if (text === undefined || text instanceof HomeProblem) return
  const file = {
    content: text,
    mode: kubeconfigMode,
    was: { found },
    ...(merge.state === 'broken' ? { before: () => keepAside(name, now) } : {}),
  }
  home.inFolder(folder, () => namingWrites(kubeconfig.join('/'), () => replaceFile(name, file)))
}

function mergeOf(content: Buffer | HomeProblem | undefined, entries: Assignment['entries']): Merge {
  if (content === undefined) return mergeKubeconfig(undefined, entries)
  const broken = (reason: string): Merge => ({ state: 'broken', reason, text: freshKubeconfig(entries) })
  // Gone since it was looked at: that will be seen before it is replaced.
  if (content instanceof HomeProblem) return broken(content.message)
  const text = textOf(content)
  return text === undefined ? broken('is not in UTF-8') : mergeKubeconfig(text, entries)
}

/** Gives what is at a name another one with the time in it, which nothing has yet. */
function keepAside(name: string, now: number): void {
  const kept = `${name}.broken-`
  if (countNames(kept) >= homeLimits.keptAside)
    throw new HomeProblem(
      'wrong',
      `${quoted(name)} cannot be used, and ${homeLimits.keptAside} earlier ones are kept as ${quoted(`${kept}…`)}; remove what is not needed`,
    )
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const names = [time, ...Array.from({ length: homeLimits.keptAside }, (_, i) => `${time}-${i + 1}`)]
  const free = names.map(end => kept + end).find(candidate => lookAt(candidate) === undefined)
  if (free === undefined) throw new HomeProblem('unsettled', `${quoted(name)} cannot be kept aside`)
  renameSync(`./${name}`, `./${free}`)
}

/** How many names in the folder begin like this; a folder with too many to look through is refused. */
function countNames(prefix: string): number {
  const folder = opendirSync('.')
  try {
    let count = 0
    let all = 0
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      if (entry.name.startsWith(prefix)) count++
      if (++all > homeLimits.folderEntries)
        throw new HomeProblem('wrong', "the kubeconfig's folder holds too many files to keep a broken one beside it")
    }
    return count
  } finally {
    folder.closeSync()
  }
}
