import { type FieldError, invalid, notPermitted, notSupported } from '../field-error.ts'
import { validateLabels } from '../meta.ts'
import { selects, validateSelector } from '../object-selector.ts'
import { validatePodSpec } from './pod-spec.ts'
import type { Container, LabelSelector, PodTemplate } from './types.ts'

/** What is wrong with selector and template of something that keeps pods running. */
export function validateReplicated({
  selector,
  template,
}: {
  selector: LabelSelector | undefined
  template: PodTemplate
}): FieldError[] {
  const labels = template.metadata?.labels
  const field = 'spec.template'
  const mismatch = invalid(`${field}.metadata.labels`, labels ?? null, '`selector` does not match template `labels`')
  const { restartPolicy, activeDeadlineSeconds } = template.spec
  return [
    ...validateSelector(selector, 'spec.selector'),
    ...(selector !== undefined && selects(selector, labels) ? [] : [mismatch]),
    ...validateLabels(labels, `${field}.labels`),
    ...validatePodSpec(template.spec, `${field}.spec`),
    ...(restartPolicy === 'Always' ? [] : [notSupported(`${field}.spec.restartPolicy`, restartPolicy, ['Always'])]),
    ...(activeDeadlineSeconds === undefined
      ? []
      : [notPermitted(`${field}.spec.activeDeadlineSeconds`, 'activeDeadlineSeconds in ReplicaSet is not Supported')]),
  ]
}

export const validateCounts = <Name extends string>(
  spec: { [Key in Name]?: number | undefined },
  names: readonly Name[],
): FieldError[] =>
  names
    .filter(name => (spec[name] ?? 0) < 0)
    .map(name => invalid(`spec.${name}`, spec[name], 'must be greater than or equal to 0'))

/** For a table: the containers' names, or their images. */
export const listContainers = (template: PodTemplate, read: (container: Container) => string | undefined): string =>
  template.spec.containers.map(container => read(container) ?? '').join(',')
