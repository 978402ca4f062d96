/**
 * Text of a stranger for a log or an answer: printable ASCII only, cut to `most` characters, so that nothing in it moves
 * a cursor, breaks a line or looks like another letter.
 */
export function printable(text: string, most = 100): string {
  const visible = text.slice(0, most).replace(/[^\x20-\x7e]/g, '?')
  return text.length > most ? `${visible}...` : visible
}
