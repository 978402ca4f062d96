import { AndFilter, EqualityFilter, Filter, FilterParser, GreaterThanEqualsFilter, OrFilter } from 'ldapts'
import { ConfigError } from '../platform/config.ts'
import { messageOf } from '../platform/message-of.ts'
import type { LdapConfig } from './config.ts'
import type { NamePart } from './dn.ts'

/** What is searched for, from the settings. */
export interface LdapPlan {
  readonly tools: { readonly base: string; readonly filter: Filter; readonly attributes: readonly string[] }
  /** Undefined: there are no administrators. */
  readonly group: { readonly base: string; readonly filter: Filter; readonly attributes: readonly string[] } | undefined
  /** Of people's entries. */
  readonly attributes: readonly string[]
}

/** When an entry was changed last, whoever did it. */
export const changed = 'modifyTimestamp'

function filterOf(setting: string, text: string, project: string): Filter {
  try {
    // The library adds those that are missing at the end; within values they are escaped.
    if (text.split('(').length !== text.split(')').length) throw new Error('its parentheses do not match')
    return FilterParser.parseString(text.replaceAll('{project}', Filter.escape(project)))
  } catch (error) {
    const why = messageOf(error)
    throw new ConfigError([`directory.ldap.${setting}: is no LDAP filter: ${why}`])
  }
}

/** @throws ConfigError when a filter is none */
export function createLdapPlan({ tools, administrators, disabled, project }: LdapConfig): LdapPlan {
  const { base, member } = administrators
  const group = administrators.filter.trim()
  return {
    tools: {
      base: tools.base,
      filter: filterOf('tools.filter', tools.filter, project),
      attributes: [tools.name, tools.uid, ...disabled, changed],
    },
    group:
      group === ''
        ? undefined
        : { base, filter: filterOf('administrators.filter', group, project), attributes: [member, changed] },
    attributes: [administrators.name, administrators.uid, ...disabled, changed],
  }
}

/** Matches the entries with these own names: values are handed over as they are, so nothing in them is syntax. */
export const ownNames = (names: readonly (readonly NamePart[])[]): Filter =>
  new OrFilter({
    filters: names.map(
      parts =>
        new AndFilter({ filters: parts.map(({ type, value }) => new EqualityFilter({ attribute: type, value })) }),
    ),
  })

/** Of what matches, that which was changed at this moment (generalized time) or later. */
export const since = (filter: Filter, moment: string | undefined): Filter =>
  moment === undefined
    ? filter
    : new AndFilter({ filters: [filter, new GreaterThanEqualsFilter({ attribute: changed, value: moment })] })
