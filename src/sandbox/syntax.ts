// Names and labels as Kubernetes checks them, and in its words. Each function gives what is wrong, or nothing.

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`
const keyFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const valueFormat = `(${keyFormat})?`

const label = new RegExp(`^${labelFormat}$`)
const subdomain = new RegExp(`^${subdomainFormat}$`)
const key = new RegExp(`^${keyFormat}$`)
const value = new RegExp(`^${valueFormat}$`)

/** A text for people: what must hold, examples, and the expression that decides. */
function mustMatch(text: string, format: string, examples: readonly string[]): string {
  return `${text} (e.g. ${examples.map(example => `'${example}', `).join(' or ')}regex used for validation is '${format}')`
}

/** The expression never sees a text that is too long anyway. */
function check(
  text: string,
  expression: RegExp,
  { maximum, wrong }: { maximum: number; wrong: () => string },
): string[] {
  if (text.length > maximum) return [`must be no more than ${maximum} bytes`]
  return expression.test(text) ? [] : [wrong()]
}

export const labelErrors = (text: string): string[] =>
  check(text, label, {
    maximum: 63,
    wrong: () =>
      subdomain.test(text)
        ? 'must not contain dots'
        : mustMatch(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            labelFormat,
            ['my-name', '123-abc'],
          ),
  })

export const subdomainErrors = (text: string): string[] =>
  check(text, subdomain, {
    maximum: 253,
    wrong: () =>
      mustMatch(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        subdomainFormat,
        ['example.com'],
      ),
  })

/** A name that only has to be safe as one segment of a path, as those of roles. */
export function pathErrors(text: string): string[] {
  if (text === '.' || text === '..') return [`may not be '${text}'`]
  return ['/', '%'].filter(bad => text.includes(bad)).map(bad => `may not contain '${bad}'`)
}

const keyText =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
const keyExamples = ['MyName', 'my.name', '123-abc']

/** Keys of labels and annotations: `name` or `prefix.example/name`. */
export function qualifiedNameErrors(text: string): string[] {
  const parts = text.split('/')
  if (parts.length > 2) {
    return [
      `a valid label key ${mustMatch(keyText, keyFormat, keyExamples)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const name = parts.at(-1) ?? ''
  const prefix = parts.length === 2 ? prefixErrors(parts[0] ?? '') : []
  if (name === '') prefix.push('name part must be non-empty')
  const wrong = () => `name part ${mustMatch(keyText, keyFormat, keyExamples)}`
  const nameErrors = check(name, key, { maximum: 63, wrong })
  return [...prefix, ...nameErrors.map(error => (error.startsWith('name part') ? error : `name part ${error}`))]
}

function prefixErrors(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty']
  return subdomainErrors(prefix).map(error => `prefix part ${error}`)
}

export const labelValueErrors = (text: string): string[] =>
  check(text, value, {
    maximum: 63,
    wrong: () =>
      mustMatch(`a valid label must be an empty string or consist of ${keyText.slice(16)}`, valueFormat, [
        'MyValue',
        'my_value',
        '12345',
      ]),
  })

/** How ports of containers are called. */
export function portNameErrors(text: string): string[] {
  const errors = text.length > 15 ? ['must be no more than 15 bytes'] : []
  if (!/^[-a-z0-9]+$/.test(text)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  }
  if (!/[a-z]/.test(text)) errors.push('must contain at least one letter (a-z)')
  if (text.includes('--')) errors.push('must not contain consecutive hyphens')
  if (/^-|-$/.test(text)) errors.push('must not begin or end with a hyphen')
  return errors
}

export const portNumberErrors = (port: number): string[] =>
  port >= 1 && port <= 65535 ? [] : ['must be between 1 and 65535, inclusive']

const wildcardFormat = `\\*\\.${subdomainFormat}`
const wildcard = new RegExp(`^${wildcardFormat}$`)

/** `*.example.com`: a host of an Ingress. */
export const wildcardErrors = (text: string): string[] =>
  check(text, wildcard, {
    maximum: 253,
    wrong: () =>
      mustMatch(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        wildcardFormat,
        ['*.example.com'],
      ),
  })
