import { type Static, Type } from 'typebox'
import { Section } from '../platform/config.ts'

/** An attribute's name, or its number. */
const attribute = '^([A-Za-z][-A-Za-z0-9]*|[0-9]+(\\.[0-9]+)*)$'

const Attribute = (initial: string, env: string, description: string) =>
  Type.String({ default: initial, pattern: attribute, maxLength: 128, env, description })

const Milliseconds = (initial: number, env: string, description: string) =>
  Type.Integer({ default: initial, minimum: 10, maximum: 600_000, env, description })

export const ldapConfig = Section(
  {
    servers: Type.Array(Type.String({ pattern: '^ldaps?://[^/?#@\\s]+$' }), {
      default: [],
      maxItems: 20,
      env: 'DIRECTORY_LDAP_SERVERS',
      description:
        'Addresses of servers that hold the same, such as ldaps://ldap.example; when one fails, the next is asked. Must be set for the kind ldap.',
    }),
    tls: Type.Enum(['starttls', 'none'], {
      default: 'starttls',
      env: 'DIRECTORY_LDAP_TLS',
      description:
        'What protects connections to ldap:// addresses; ldaps:// ones are always encrypted. With none, whoever is on the way can make and shut off accounts.',
    }),
    ca_file: Type.Optional(
      Type.String({
        minLength: 1,
        env: 'DIRECTORY_LDAP_CA_FILE',
        description: "PEM file of the CAs that sign the servers' certificates. Absent: those that the system trusts.",
      }),
    ),
    bind_dn: Type.Optional(
      Type.String({ minLength: 1, env: 'DIRECTORY_LDAP_BIND_DN', description: 'Name to log in with. Absent: nobody.' }),
    ),
    password_file: Type.Optional(
      Type.String({
        minLength: 1,
        env: 'DIRECTORY_LDAP_PASSWORD_FILE',
        description: 'File with the password of that name, read anew for each connection.',
      }),
    ),
    project: Type.String({
      default: 'tools',
      pattern: '^[A-Za-z0-9][-A-Za-z0-9_]*$',
      env: 'DIRECTORY_LDAP_PROJECT',
      description: 'What stands, with a full stop, before the names of all tools; {project} in filters.',
    }),
    tools: Section(
      {
        base: Type.String({
          default: 'ou=people,ou=servicegroups,dc=wikimedia,dc=org',
          env: 'DIRECTORY_LDAP_TOOLS_BASE',
          description: 'Below this entry are those of the tools.',
        }),
        filter: Type.String({
          default: '(&(objectClass=posixAccount)(cn={project}.*))',
          minLength: 1,
          env: 'DIRECTORY_LDAP_TOOLS_FILTER',
          description: 'Which of the entries there are tools.',
        }),
        name: Attribute('cn', 'DIRECTORY_LDAP_TOOLS_NAME', "Attribute with a tool's name behind the project's."),
        uid: Attribute('uidNumber', 'DIRECTORY_LDAP_TOOLS_UID', "Attribute with a tool's uid."),
      },
      'Tools in LDAP.',
    ),
    administrators: Section(
      {
        base: Type.String({
          default: 'ou=servicegroups,dc=wikimedia,dc=org',
          env: 'DIRECTORY_LDAP_ADMINISTRATORS_BASE',
          description: 'Below this entry is their group.',
        }),
        filter: Type.String({
          default: '(&(objectClass=groupOfNames)(cn={project}.admin))',
          env: 'DIRECTORY_LDAP_ADMINISTRATORS_FILTER',
          description: 'Which of the entries there is the group; empty: there are no administrators.',
        }),
        member: Attribute('member', 'DIRECTORY_LDAP_ADMINISTRATORS_MEMBER', "Attribute with the people's entries."),
        name: Attribute('uid', 'DIRECTORY_LDAP_ADMINISTRATORS_NAME', "Attribute with a person's name."),
        uid: Attribute('uidNumber', 'DIRECTORY_LDAP_ADMINISTRATORS_UID', "Attribute with a person's uid."),
      },
      'Administrators in LDAP.',
    ),
    disabled: Type.Array(Type.String({ pattern: attribute, maxLength: 128 }), {
      default: ['pwdAccountLockedTime', 'pwdPolicySubentry'],
      maxItems: 20,
      env: 'DIRECTORY_LDAP_DISABLED',
      description: 'Attributes of which any, whatever it says, shuts an account off.',
    }),
    page: Type.Integer({
      default: 500,
      minimum: 1,
      maximum: 10_000,
      env: 'DIRECTORY_LDAP_PAGE',
      description: 'Entries that are asked for at once.',
    }),
    max_entries: Type.Integer({
      default: 100_000,
      minimum: 1,
      maximum: 10_000_000,
      env: 'DIRECTORY_LDAP_MAX_ENTRIES',
      description: 'Entries in one search; with more of them the directory cannot be read.',
    }),
    connect_ms: Milliseconds(3000, 'DIRECTORY_LDAP_CONNECT_MS', 'Milliseconds to reach a server and log in.'),
    search_ms: Milliseconds(20_000, 'DIRECTORY_LDAP_SEARCH_MS', 'Milliseconds for one page of a search.'),
    read_ms: Milliseconds(60_000, 'DIRECTORY_LDAP_READ_MS', 'Milliseconds to read all that is there.'),
    poll_s: Type.Integer({
      default: 2,
      minimum: 1,
      maximum: 3600,
      env: 'DIRECTORY_LDAP_POLL_S',
      description: 'Seconds between two looks for changed entries.',
    }),
  },
  'Accounts in LDAP; the defaults are those of Toolforge.',
)
export type LdapConfig = Static<typeof ldapConfig>

export const fileConfig = Section(
  {
    path: Type.Optional(
      Type.String({
        minLength: 1,
        env: 'DIRECTORY_FILE_PATH',
        description: 'YAML file with the lists tools and administrators. Must be set for the kind file.',
      }),
    ),
    default_uid: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 2 ** 31 - 1,
        env: 'DIRECTORY_FILE_DEFAULT_UID',
        description: 'The uid of accounts for which the file has none; these may share it. Absent: each needs its own.',
      }),
    ),
  },
  'Accounts in a file.',
)

export const directoryConfig = Section(
  {
    kind: Type.Enum(['ldap', 'file'], {
      default: 'ldap',
      env: 'DIRECTORY_KIND',
      description: 'Where the accounts are.',
    }),
    min_uid: Type.Integer({
      default: 1000,
      minimum: 0,
      maximum: 2 ** 31 - 1,
      env: 'DIRECTORY_MIN_UID',
      description: 'An account with a uid below this is none.',
    }),
    ldap: ldapConfig,
    file: fileConfig,
  },
  'Who is a tool, and who an administrator.',
)
export type DirectoryConfig = Static<typeof directoryConfig>
