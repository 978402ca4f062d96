/** What the platform puts into a kubeconfig: one cluster, one context, one user, known by their names. */
export interface Entries {
  /** `ca`: PEM of the authorities that sign the server's certificate. */
  cluster: { name: string; server: string; ca: string }
  context: { name: string; namespace: string }
  /** Paths as kubectl takes them: relative ones begin at the kubeconfig's folder. */
  user: { name: string; certificatePath: string; keyPath: string }
  /** Whether our context becomes the current one only where a file names none, or each time. */
  currentContext: 'if_new' | 'always'
}

/** An entry of a list, as kubectl has it: its name, and one more field that holds the rest. */
export type Entry = { name: string } & Record<string, string | Record<string, string>>

export const listNames = ['clusters', 'contexts', 'users'] as const
export type ListName = (typeof listNames)[number]

/** Our entry of each list. */
export const wantedEntries = ({ cluster, context, user }: Entries): Record<ListName, Entry> => ({
  clusters: {
    name: cluster.name,
    cluster: {
      'certificate-authority-data': Buffer.from(cluster.ca).toString('base64'),
      server: cluster.server,
    },
  },
  contexts: {
    name: context.name,
    context: { cluster: cluster.name, namespace: context.namespace, user: user.name },
  },
  users: {
    name: user.name,
    user: { 'client-certificate': user.certificatePath, 'client-key': user.keyPath },
  },
})

const plain = /^(?:\.{0,2}\/|[A-Za-z])[A-Za-z0-9._/+=:-]*$/
const otherThanText = /^(?:y|n|yes|no|on|off|true|false|null)$/i

/** A text as YAML that every reader takes for a text: as it is where that is beyond doubt, else in JSON's quotes. */
export const scalar = (text: string): string =>
  plain.test(text) && !text.endsWith(':') && !otherThanText.test(text) ? text : JSON.stringify(text)

/** An entry's lines in YAML's block style, each but the first to be set two columns right of the first's dash. */
export const entryLines = (entry: Entry): string[] =>
  Object.entries(entry).flatMap(([key, value]) =>
    typeof value === 'string'
      ? [`${key}: ${scalar(value)}`]
      : [`${key}:`, ...Object.entries(value).map(([inner, text]) => `  ${inner}: ${scalar(text)}`)],
  )

/** A list of one entry, in block style. */
export const listLines = (name: ListName, entry: Entry): string[] => [
  `${name}:`,
  ...entryLines(entry).map((line, at) => `${at === 0 ? '- ' : '  '}${line}`),
]

/** A kubeconfig with nothing but our entries. */
export function freshKubeconfig(entries: Entries): string {
  const wanted = wantedEntries(entries)
  const lines = [
    'apiVersion: v1',
    'kind: Config',
    ...listLines('clusters', wanted.clusters),
    ...listLines('contexts', wanted.contexts),
    `current-context: ${scalar(entries.context.name)}`,
    'preferences: {}',
    ...listLines('users', wanted.users),
  ]
  return `${lines.join('\n')}\n`
}
