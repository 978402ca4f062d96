import { type Static, Type } from 'typebox'
import { Section } from '../platform/config.ts'

const seconds = (value: number, description: string) =>
  Type.Number({ exclusiveMinimum: 0, maximum: 86_400, default: value, description: `${description}, in seconds` })

const port = (value: number, description: string, env: string) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: value, description, env })

const file = (description: string, env: string) => Type.String({ minLength: 1, description, env })

/** Where the service listens for tenants, and what it believes there. */
export const listenerConfig = Section(
  {
    host: Type.Optional(Type.String({ description: 'Address to listen on. Absent: all', env: 'JOBS_API_HOST' })),
    port: port(8443, 'Port of mutual TLS; a PROXY header is refused here. 0 takes a free one', 'JOBS_API_PORT'),
    proxy_port: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 65_535,
        description:
          'Port of mutual TLS behind the PROXY protocol (version 1 or 2), which is demanded here. Absent: none',
        env: 'JOBS_API_PROXY_PORT',
      }),
    ),
    proxy_peers: Type.Array(Type.String(), {
      default: [],
      description:
        'Addresses and networks (CIDR) of the proxies that may connect to proxy_port; all others are cut off',
      env: 'JOBS_API_PROXY_PEERS',
    }),
    client_ca_file: file(
      "PEM bundle of the certificate authorities that sign tools' certificates; several during a rotation",
      'JOBS_API_CLIENT_CA_FILE',
    ),
    certificate_file: file("PEM file of the server's certificate and its chain", 'JOBS_API_CERTIFICATE_FILE'),
    key_file: file("PEM file of the server certificate's private key", 'JOBS_API_KEY_FILE'),
    deny_list_file: Type.Optional(
      file('JSON file of the tools that are shut out: [{tool, issuedBefore?, reason}]', 'JOBS_API_DENY_LIST_FILE'),
    ),
    reload_seconds: seconds(10, 'How often the files above are looked at, besides the notices of the file system'),
    max_connections: Type.Integer({
      minimum: 1,
      default: 4096,
      description: 'Connections held on one port at the same time; more are cut off',
      env: 'JOBS_API_MAX_CONNECTIONS',
    }),
    timeouts: Section(
      {
        handshake: seconds(5, 'Limit of a TLS handshake'),
        proxy_header: seconds(3, 'Limit for a PROXY header to arrive'),
        headers: seconds(10, "Limit for a request's headers to arrive"),
        request: seconds(30, 'Limit for a whole request to arrive'),
        keep_alive: seconds(72, 'How long an idle connection is kept; longer than clients wait between two polls'),
        drain: seconds(10, 'How long open requests may go on after the service was asked to stop'),
      },
      'Limits in seconds',
    ),
  },
  'The listener for tenants: addresses, certificates, limits',
)

export type ListenerConfig = Static<typeof listenerConfig>
