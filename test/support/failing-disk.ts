import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { hangingFs } from './hanging-fs.ts'

/** A disk with a folder for homes, that can be made to fail as disks do. */
export interface FailingDisk {
  /** The folder; to be reached by every user. */
  readonly root: string
  /** All writes are refused (EROFS). @throws Error while something is being written */
  readOnly(): void
  /** Room is left for so many blocks of 4 KiB, and as many files; then writes are refused (ENOSPC). */
  full(room: number): void
  /** Who touches the folder, or what of this name is in it, waits in state D. */
  hang(name?: string): Promise<void>
  /** Nothing fails any more. */
  recover(): Promise<void>
}

const blockBytes = 4096
const plenty = { blocks: 16_384, files: 16_384 }

function run(program: string, ...words: string[]): void {
  const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr}`)
}

/** Below `folder`, which must outlive it. Undefined where it cannot be had: that is said aloud (in CI: fails). */
export async function failingDisk(t: Test, folder: string): Promise<FailingDisk | undefined> {
  const fs = await hangingFs(t)
  if (fs === undefined) return undefined
  const [disk, root] = [join(folder, 'disk'), join(folder, 'project')]
  for (const path of [disk, root]) mkdirSync(path, { mode: 0o755 })
  const options = ({ blocks, files }: typeof plenty): string => `size=${blocks * blockBytes},nr_inodes=${files}`
  run('mount', '-t', 'tmpfs', '-o', `mode=755,${options(plenty)}`, 'homes', disk)
  await fs.adopt(disk)
  // What hangs shows the disk in another place than its own, else it would wait for itself.
  run('mount', '--bind', disk, root)
  await fs.adopt(root)
  let hanging: string | undefined
  const release = async (): Promise<void> => {
    if (hanging !== undefined) await fs.unmount(hanging)
    hanging = undefined
  }
  const again = (...settings: string[]): void => run('mount', '-o', ['remount', ...settings].join(','), disk)

  return {
    root,
    readOnly: () => again('ro'),
    full(room) {
      const { blocks, bfree, files, ffree } = statfsSync(disk)
      again(options({ blocks: blocks - bfree + room, files: files - ffree + room }))
    },
    async hang(name = '') {
      if (hanging !== undefined || !existsSync(join(disk, name))) return
      hanging = join(root, name)
      await fs.mount(hanging, join(disk, name), 'hanging')
    },
    async recover() {
      await release()
      again('rw', options(plenty))
    },
  }
}
