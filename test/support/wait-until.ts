import { setTimeout as delay } from 'node:timers/promises'

/** Calls `check` until it gives something other than undefined or false; throws what it waited for after `seconds`. */
export async function waitUntil<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  seconds = 30,
): Promise<T> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const found = await check()
    if (found !== undefined && found !== false) return found
    if (performance.now() > end) throw new Error(`Waited ${seconds} s for: ${what}`)
    await delay(50)
  }
}
