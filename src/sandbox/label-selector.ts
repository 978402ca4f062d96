import { badRequest } from './status.ts'
import { labelValueErrors, qualifiedNameErrors } from './syntax.ts'

type Labels = Readonly<Record<string, string>>
export type Selector = (labels: Labels) => boolean

const labelOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined

interface Token {
  text: string
  word: boolean
}

const unparsable = (why: string): Error => badRequest(`unable to parse requirement: ${why}`)

function tokens(text: string): Token[] {
  return [...text.matchAll(/==|!=|[=!,()<>]|[^\s=!,()<>]+/g)].map(([found]) => ({
    text: found,
    word: !/^(==|!=|[=!,()<>])$/.test(found),
  }))
}

/**
 * Reads a label selector: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, `a>1`, joined by commas.
 * @throws StatusError 400 for anything else.
 */
export function parseLabelSelector(text: string): Selector {
  const rest = tokens(text)
  const requirements: Selector[] = []
  while (rest.length > 0) {
    requirements.push(requirement(rest))
    const comma = rest.shift()
    if (comma === undefined) break
    if (comma.text !== ',') throw unparsable(`found '${comma.text}', expected: ',' or 'end of string'`)
    if (rest.length === 0) throw badRequest("found '', expected: identifier after ','")
  }
  return labels => requirements.every(holds => holds(labels))
}

function requirement(rest: Token[]): Selector {
  if (rest[0]?.text === '!') {
    rest.shift()
    const key = labelKey(rest)
    return labels => labelOf(labels, key) === undefined
  }
  const key = labelKey(rest)
  const operator = rest[0]
  if (operator === undefined || operator.text === ',') return labels => labelOf(labels, key) !== undefined
  rest.shift()
  switch (operator.text) {
    case '=':
    case '==':
    case '!=': {
      const value = oneValue(key, rest)
      return operator.text === '!='
        ? labels => labelOf(labels, key) !== value
        : labels => labelOf(labels, key) === value
    }
    case 'in':
    case 'notin': {
      const values = valueSet(key, rest)
      if (operator.text === 'notin') return labels => !values.has(labelOf(labels, key))
      return labels => values.has(labelOf(labels, key))
    }
    case '>':
    case '<':
      return comparison(key, operator.text, oneValue(key, rest))
    default:
      throw unparsable(`found '${operator.text}', expected: in, notin, =, ==, !=, gt, lt`)
  }
}

function labelKey(rest: Token[]): string {
  const token = rest.shift()
  if (token === undefined || !token.word) {
    throw badRequest(`found '${token?.text ?? ''}', expected: !, identifier, or 'end of string'`)
  }
  const [error] = qualifiedNameErrors(token.text)
  if (error !== undefined) throw unparsable(`<nil>: Invalid value: ${JSON.stringify(token.text)}: ${error}`)
  return token.text
}

function checkedValue(key: string, value: string): string {
  const [error] = labelValueErrors(value)
  if (error !== undefined) throw unparsable(`values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${error}`)
  return value
}

/** Also nothing at all: `a=` asks for the empty value. */
function oneValue(key: string, rest: Token[]): string {
  const token = rest[0]
  if (token === undefined || token.text === ',') return ''
  if (!token.word) throw unparsable(`found '${token.text}', expected: identifier`)
  rest.shift()
  return checkedValue(key, token.text)
}

function valueSet(key: string, rest: Token[]): Set<string | undefined> {
  const open = rest.shift()
  if (open?.text !== '(') throw unparsable(`found '${open?.text ?? ''}', expected: '('`)
  const values = new Set<string | undefined>()
  for (;;) {
    values.add(rest[0]?.word ? checkedValue(key, rest.shift()?.text ?? '') : '')
    const next = rest.shift()
    if (next?.text === ')') return values
    if (next?.text !== ',') throw unparsable(`found '${next?.text ?? ''}', expected: ',' or ')'`)
  }
}

function comparison(key: string, operator: '<' | '>', value: string): Selector {
  if (!/^-?\d+$/.test(value)) {
    throw unparsable(
      `values[0]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
    )
  }
  const limit = BigInt(value)
  return labels => {
    const found = labelOf(labels, key)
    if (found === undefined || !/^-?\d{1,40}$/.test(found)) return false
    return operator === '>' ? BigInt(found) > limit : BigInt(found) < limit
  }
}
