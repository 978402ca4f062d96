import { type FieldError, invalid, required, tooLong } from '../field-error.ts'
import { labelErrors, subdomainErrors } from '../syntax.ts'

const field = 'spec.signerName'
const longestDomain = 253
const longestPath = 253 + 63 + 1

/** What is wrong with a signer's name, `example.com/signer-name`. */
export function signerNameErrors(name: string): FieldError[] {
  if (name === '') return [required(field)]
  // The name that older versions gave to whoever asked for nothing better.
  if (name === 'kubernetes.io/legacy-unknown')
    return [invalid(field, name, 'the legacy signerName is not allowed via this API version')]
  const [domain = '', path, ...more] = name.split('/')
  if (path === undefined || more.length > 0) {
    return [invalid(field, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")]
  }
  const labels = domain.split('.')
  return [
    ...(domain.length > longestDomain ? [tooLong(field, longestDomain)] : []),
    ...firstErrors(labels, { of: domain, check: labelErrors }),
    ...(labels.length < 2
      ? [invalid(field, domain, 'should be a domain with at least two segments separated by dots')]
      : []),
    ...firstErrors(path.split('.'), { of: path, check: subdomainErrors }),
    ...(name.length > longestDomain + 1 + longestPath ? [tooLong(field, longestDomain + 1 + longestPath)] : []),
  ]
}

/** What is wrong with the first of the parts that is not right. */
function firstErrors(
  parts: readonly string[],
  { of, check }: { of: string; check: (part: string) => string[] },
): FieldError[] {
  const bad = parts.find(part => check(part).length > 0)
  if (bad === undefined) return []
  return check(bad).map(error => invalid(field, of, `validating label ${JSON.stringify(bad)}: ${error}`))
}
