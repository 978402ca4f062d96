import { type FieldError, invalid, notSupported, required } from '../field-error.ts'
import { validateLabels } from '../meta.ts'
import { validatePodSpec } from './pod-spec.ts'
import type { JobSpec } from './types.ts'

const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
] as const

/** What is wrong with a job's spec, or with that of a template for jobs, which has no defaults yet. */
export function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  const negative = counts
    .filter(count => (spec[count] ?? 0) < 0)
    .map(count => invalid(`${path}.${count}`, spec[count], 'must be greater than or equal to 0'))
  return [
    ...negative,
    ...validateModes(spec, path),
    ...validateLabels(spec.template.metadata?.labels, `${path}.template.labels`),
    ...validatePodSpec(spec.template.spec, `${path}.template.spec`),
    ...validateRestartPolicy(spec.template.spec.restartPolicy, `${path}.template.spec.restartPolicy`),
  ]
}

function validateModes({ completionMode, completions, podReplacementPolicy }: JobSpec, path: string): FieldError[] {
  const errors: FieldError[] = []
  const modes = ['NonIndexed', 'Indexed']
  if (completionMode !== undefined && !modes.includes(completionMode)) {
    errors.push(notSupported(`${path}.completionMode`, completionMode, modes))
  }
  if (completionMode === 'Indexed' && completions === undefined) {
    errors.push(required(`${path}.completions`, 'when completion mode is Indexed'))
  }
  const policies = ['Failed', 'TerminatingOrFailed']
  if (podReplacementPolicy !== undefined && !policies.includes(podReplacementPolicy)) {
    errors.push(notSupported(`${path}.podReplacementPolicy`, podReplacementPolicy, policies))
  }
  return errors
}

function validateRestartPolicy(policy: string | undefined, path: string): FieldError[] {
  if (policy === 'OnFailure' || policy === 'Never') return []
  if (policy === 'Always' || !policy) return [required(path, 'valid values: "OnFailure", "Never"')]
  return [notSupported(path, policy, ['OnFailure', 'Never'])]
}
