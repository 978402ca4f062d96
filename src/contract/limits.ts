/** The numbers and patterns of the wire: what a request may hold. Used in schemas, texts and clients alike. */
export const limits = {
  /** Bytes of a request body. */
  bodyBytes: 256 * 1024,
  /** Characters of a job's name: a CronJob's pods add up to eleven to it, and a label holds 63. */
  jobNameLength: 52,
  /** Characters of a command: the kernel takes 128 KiB in one argument. */
  commandLength: 32 * 1024,
  /** Characters of a path of a log file. */
  pathLength: 1024,
  /** Characters of an image's name. */
  imageNameLength: 512,
  /** Failed attempts that are tried again. */
  retry: 5,
  /** Seconds that a run may take: a year. */
  timeout: 366 * 86_400,
  /** Characters of a schedule, and of a time zone's name. */
  scheduleLength: 256,
  timezoneLength: 64,
  /** Copies of a continuous job; a quota allows far fewer. */
  replicas: 1000,
  /** Characters of a health check's command or path. */
  healthCheckLength: 4096,
  /** Jobs in one plan. */
  planJobs: 500,
  /** Lines of a log in one answer, when nothing is said and at most. */
  logLines: { default: 500, most: 5000 },
} as const

/** A tool's name: an RFC 1123 label that still fits in a label's 63 characters behind a prefix. */
export const toolNamePattern = '^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$'

/** A job's name: an RFC 1123 subdomain, as Kubernetes demands of a Job's. */
export const jobNamePattern = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'

export const jobTypes = ['one-off', 'scheduled', 'continuous', 'webservice'] as const
export const portProtocols = ['tcp', 'udp'] as const
export const emailsChoices = ['none', 'all', 'onfinish', 'onfailure'] as const
export const mountChoices = ['all', 'none'] as const

const namespacePrefix = 'tool-'
/** The namespace of a tool. */
export const namespaceOf = (tool: string): string => `${namespacePrefix}${tool}`
/** The tool whose namespace has this name, if any could have it. */
export const toolIn = (namespace: string): string | undefined =>
  namespace.startsWith(namespacePrefix) ? namespace.slice(namespacePrefix.length) : undefined
