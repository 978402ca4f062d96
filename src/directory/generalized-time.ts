/** A moment as LDAP writes it (`20261122100000Z`) in milliseconds since 1970; undefined for all else. */
export function parseGeneralizedTime(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:[.,](\d+))?Z$/.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  return Date.UTC(year, month - 1, day, hour, minute, second, Math.floor(Number(`0.${match[7] ?? '0'}`) * 1000))
}

/** A moment, in milliseconds since 1970, as LDAP writes it, in whole seconds. */
export const generalizedTime = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
