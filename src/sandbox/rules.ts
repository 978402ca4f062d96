import type { Rule } from './kinds/role.ts'

// Whether rules give all that other rules give. As Kubernetes does it: what is asked for is broken into pieces of one
// verb, one resource and one name, of which each must be held by one rule as a whole.

const held = (list: readonly string[] | undefined, wanted: string): boolean =>
  list !== undefined && (list.includes('*') || list.includes(wanted))

function pieces({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs }: Rule): Rule[] {
  const names = resourceNames.length === 0 ? [undefined] : resourceNames
  const ofResources = apiGroups.flatMap(group =>
    resources.flatMap(resource =>
      verbs.flatMap(verb =>
        names.map(name => ({
          apiGroups: [group],
          resources: [resource],
          ...(name === undefined ? {} : { resourceNames: [name] }),
          verbs: [verb],
        })),
      ),
    ),
  )
  const ofPaths = nonResourceURLs.flatMap(path => verbs.map(verb => ({ nonResourceURLs: [path], verbs: [verb] })))
  return [...ofResources, ...ofPaths]
}

const first = (list: readonly string[] | undefined): string => list?.[0] ?? ''

function holds(rule: Rule, piece: Rule): boolean {
  if (!held(rule.verbs, first(piece.verbs))) return false
  if (piece.nonResourceURLs !== undefined) return holdsPath(rule.nonResourceURLs ?? [], first(piece.nonResourceURLs))
  if (!held(rule.apiGroups, first(piece.apiGroups))) return false
  if (!holdsResource(rule.resources ?? [], first(piece.resources))) return false
  const names = rule.resourceNames ?? []
  return names.length === 0 || (piece.resourceNames !== undefined && names.includes(first(piece.resourceNames)))
}

function holdsResource(resources: readonly string[], wanted: string): boolean {
  const slash = wanted.indexOf('/')
  return held(resources, wanted) || (slash >= 0 && resources.includes(`*${wanted.slice(slash)}`))
}

const holdsPath = (paths: readonly string[], wanted: string): boolean =>
  paths.some(path => path === wanted || (path.endsWith('*') && wanted.startsWith(path.replace(/\*+$/, ''))))

/** What of the wanted rules is not held, with the verbs on one resource together. */
export function missingFrom(owned: readonly Rule[], wanted: readonly Rule[]): Rule[] {
  const missing = wanted.flatMap(pieces).filter(piece => !owned.some(rule => holds(rule, piece)))
  const groups = Map.groupBy(missing, ({ verbs: _, ...what }) => JSON.stringify(what))
  return [...groups.values()].flatMap(alike => (alike[0]?.nonResourceURLs === undefined ? [together(alike)] : alike))
}

const together = (alike: readonly Rule[]): Rule => ({ ...alike[0], verbs: alike.flatMap(({ verbs }) => verbs) })

const quoted = (texts: readonly string[]): string => `[${texts.map(text => JSON.stringify(text)).join(' ')}]`

/** `{APIGroups:["batch"], Resources:["jobs"], Verbs:["get" "list"]}` */
export function ruleText({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: Rule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ['APIGroups', apiGroups],
    ['Resources', resources],
    ['NonResourceURLs', nonResourceURLs],
    ['ResourceNames', resourceNames],
    ['Verbs', verbs],
  ]
  return `{${parts.flatMap(([name, list]) => (list?.length ? [`${name}:${quoted(list)}`] : [])).join(', ')}}`
}

/** As refusals name groups: `["a" "b"]`. */
export const groupsText = quoted
