import t from 'tap'
import { validateJobSpec } from '../../../../src/sandbox/kinds/job-spec.ts'
import type { JobSpec } from '../../../../src/sandbox/kinds/types.ts'

const spec = (fields: Partial<JobSpec> = {}, restartPolicy = 'Never'): JobSpec => ({
  template: {
    spec: {
      restartPolicy,
      dnsPolicy: 'Default',
      containers: [{ name: 'job', image: 'i', imagePullPolicy: 'Always', terminationMessagePolicy: 'File' }],
    },
  },
  ...fields,
})

const errorsOf = (given: JobSpec) => validateJobSpec(given, 'at').map(({ field, message }) => `${field}: ${message}`)

t.test('what a template leaves to the defaults of its jobs is not wrong', async t => {
  t.strictSame(errorsOf(spec()), [])
  t.strictSame(errorsOf(spec({ completionMode: 'NonIndexed', podReplacementPolicy: 'Failed' }, 'OnFailure')), [])
})

t.test('what is wrong is said with its place', async t => {
  t.strictSame(errorsOf(spec({ backoffLimit: -1, completionMode: 'Indexed', podReplacementPolicy: 'x' }, 'Always')), [
    'at.backoffLimit: Invalid value: -1: must be greater than or equal to 0',
    'at.completions: Required value: when completion mode is Indexed',
    'at.podReplacementPolicy: Unsupported value: "x": supported values: "Failed", "TerminatingOrFailed"',
    'at.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ])
  t.strictSame(errorsOf(spec({ completionMode: 'x' })), [
    'at.completionMode: Unsupported value: "x": supported values: "NonIndexed", "Indexed"',
  ])
})
