import { type FieldError, invalid } from '../field-error.ts'
import type { Kind } from '../kind.ts'
import type { Event } from './types.ts'

const involved = (field: 'kind' | 'namespace' | 'name' | 'uid' | 'apiVersion' | 'resourceVersion' | 'fieldPath') => {
  const read = (event: Event): string => event.involvedObject[field] ?? ''
  return [`involvedObject.${field}`, read] as const
}

export const events: Kind<Event> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  namespaced: true,
  fields: {
    ...Object.fromEntries([
      involved('kind'),
      involved('namespace'),
      involved('name'),
      involved('uid'),
      involved('apiVersion'),
      involved('resourceVersion'),
      involved('fieldPath'),
    ]),
    reason: event => event.reason ?? '',
    reportingComponent: event => event.reportingComponent ?? '',
    source: event => event.source?.component || event.reportingComponent || '',
    type: event => event.type ?? '',
  },
  columns: [
    { name: 'Last Seen', type: 'age', value: event => event.lastTimestamp ?? event.metadata.creationTimestamp },
    { name: 'Type', value: event => event.type ?? '' },
    { name: 'Reason', value: event => event.reason ?? '' },
    {
      name: 'Object',
      value: event => `${(event.involvedObject.kind ?? '').toLowerCase()}/${event.involvedObject.name ?? ''}`,
    },
    { name: 'Message', value: event => event.message ?? '' },
  ],

  defaults(event) {
    event.source ??= {}
    event.reportingComponent ??= ''
    event.reportingInstance ??= ''
  },

  /** Present even when it is not known. */
  finish(event) {
    Object.assign(event, { eventTime: event.eventTime ?? null })
  },

  validate(event) {
    return namespaceErrors(event)
  },
}

/** An event lies in the namespace of what it is about; of cluster-wide things in `default`. */
function namespaceErrors({ metadata, involvedObject }: Event): FieldError[] {
  const about = involvedObject.namespace ?? ''
  if (metadata.namespace === about || (about === '' && metadata.namespace === 'default')) return []
  return [invalid('involvedObject.namespace', about, 'does not match event.namespace')]
}
