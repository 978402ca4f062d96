import { ResultCodeError } from 'ldapts'
import { printable } from '../platform/printable.ts'

/** What the codes mean that an operator may see; others are told by their number. */
const meanings: Readonly<Record<number, string>> = {
  3: 'the search took longer than the server allows',
  4: 'there are more entries than the server gives to this login: raise its limit, paged results included',
  7: 'the server does not take this way to log in',
  8: 'the server wants a login, or an encrypted connection',
  10: 'the server refers to another one, which is not followed: set the one that holds the entries',
  11: 'there are more entries than the server looks at for this login: raise its limit',
  12: 'the server does not know paged results',
  13: 'the server wants an encrypted connection',
  32: 'there is no such entry, or it may not be read',
  34: 'this is no name of an entry',
  48: 'the server wants a login',
  49: 'the server refuses the login: its name or password is wrong, or locked',
  50: 'this login may not search here',
  51: 'the server is busy',
  52: 'the server does not serve at present',
  53: 'the server is unwilling',
}

/** What kept an LDAP server from answering, in words and without secrets. */
export function failureText(error: unknown): string {
  if (error instanceof ResultCodeError) {
    const said = error.message.replace(/\s*Code: 0x[0-9a-f]+$/, '')
    const meaning = meanings[error.code] ?? 'the server refused'
    return `${meaning} (LDAP result ${error.code}${said === '' ? '' : `: ${printable(said)}`})`
  }
  return error instanceof Error ? printable(error.message, 300) : String(error)
}
