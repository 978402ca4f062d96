/** Blanks, a line that goes on, an escaped character, what stands in single or in double quotes, or what is plain. */
const part = /([ \t\n]+)|(\\\n)|\\([\s\S])|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|([^ \t\n'"\\]+)/gy

/** The words of a command as a shell splits it, without expanding anything; undefined when a quote is not closed. */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let end = 0
  for (const [whole, blank, continued, escaped, single, double, plain] of text.matchAll(part)) {
    end += whole.length
    if (continued !== undefined) continue
    if (blank === undefined) word = (word ?? '') + (escaped ?? single ?? plain ?? unescaped(double ?? ''))
    else if (word !== undefined) {
      words.push(word)
      word = undefined
    }
  }
  if (end < text.length) return undefined
  return word === undefined ? words : [...words, word]
}

/** Within double quotes a backslash stands for itself before most characters. */
const unescaped = (text: string): string =>
  text.replace(/\\([$`"\\\n])/g, (_, char: string) => (char === '\n' ? '' : char))

/** A command that splits into these words. */
export const joinWords = (words: readonly string[]): string => words.map(quoted).join(' ')

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`)
