import type { World } from './world.ts'

/** Whether somebody is there to answer: a terminal on both sides. */
export const canAsk = ({ stdin, stderr }: World): boolean => stdin.isTTY === true && stderr.isTTY === true

/** Asks on stderr; only a typed yes agrees, an input that ends does not. */
export async function agreed(world: World, question: string): Promise<boolean> {
  world.stderr.write(`${question} [y/N] `)
  return /^y(es)?$/i.test((await lineFrom(world)).trim())
}

/** What is typed, empty when the input ends. */
async function lineFrom({ stdin, stderr, signal }: World): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const reader = createInterface({ input: stdin })
  const ended = Promise.withResolvers<string>()
  const noAnswer = () => {
    stderr.write('\n')
    ended.resolve('')
  }
  reader.once('close', noAnswer)
  try {
    return await Promise.race([reader.question('', { signal }), ended.promise])
  } finally {
    if (!signal.aborted) reader.off('close', noAnswer)
    reader.close()
  }
}

const namedAtMost = 5

/** `7: a, b, c, d, e, and 2 more`; the names must be visible already. */
export function counted(names: readonly string[]): string {
  const more = names.length > namedAtMost ? `, and ${names.length - namedAtMost} more` : ''
  return `${names.length}: ${names.slice(0, namedAtMost).join(', ')}${more}`
}
