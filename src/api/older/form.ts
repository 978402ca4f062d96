import { DomainError } from '../../contract/errors.ts'

/**
 * The fields of a form (`application/x-www-form-urlencoded`), each text as it was typed.
 * @throws DomainError bad_request for a field that comes twice, and for what is not UTF-8.
 */
export function parseForm(text: string): Record<string, string> {
  const fields = [...new URLSearchParams(text)]
  const broken = fields.find(([name, value]) => `${name}${value}`.includes('\uFFFD'))
  if (broken !== undefined) throw new DomainError('bad_request', 'the form is not UTF-8')
  const names = fields.map(([name]) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new DomainError('bad_request', 'a field of the form is given twice')
  // Object.fromEntries makes own fields of any name, `__proto__` too, which no schema takes.
  return Object.fromEntries(fields)
}
