// Ranges by hand, no Unicode properties in patterns: those cost 8 ms of every start.

/** What moves a cursor, changes colours, hides or turns text around: the C0 and C1 controls, bidi and invisible marks. */
const unsafe = /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

const escapeOf = (character: string): string => {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** A stranger's text for one line of a terminal: control characters are shown as `\x1b`, none is left. */
export const visible = (text: string): string =>
  text.replace(unsafe, character => named[character] ?? escapeOf(character))

/** The same for text of several lines or columns: newlines and tabs stay. */
export const visibleLines = (text: string): string =>
  text.replace(unsafe, character => (character === '\n' || character === '\t' ? character : visible(character)))

type Ranges = readonly (readonly [from: number, to: number])[]

/** Marks on the letter before, joiners and variation selectors. */
const none: Ranges = [
  [0x0300, 0x036f],
  [0x0483, 0x0489],
  [0x0591, 0x05bd],
  [0x0610, 0x061a],
  [0x064b, 0x065f],
  [0x1ab0, 0x1aff],
  [0x1dc0, 0x1dff],
  [0x200b, 0x200f],
  [0x20d0, 0x20ff],
  [0xfe00, 0xfe0f],
  [0xfe20, 0xfe2f],
  [0x1f3fb, 0x1f3ff],
  [0xe0100, 0xe01ef],
]

/** East Asian wide and full-width letters, and emoji. */
const two: Ranges = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2614, 0x2615],
  [0x26a1, 0x26a1],
  [0x2705, 0x2705],
  [0x274c, 0x274c],
  [0x2728, 0x2728],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
]

const within = (code: number, ranges: Ranges): boolean => ranges.some(([from, to]) => code >= from && code <= to)

/** Columns that a text without control characters takes on a terminal: about, since terminals differ on emoji. */
export function width(text: string): number {
  let columns = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (code < 0x300) columns += 1
    else if (!within(code, none)) columns += within(code, two) ? 2 : 1
  }
  return columns
}
