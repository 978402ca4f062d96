import { type Static, Type } from 'typebox'

/** Addresses that only this machine reaches: whoever reaches the sandbox may run programs here. */
const loopback = '^(localhost|::1|127(\\.\\d{1,3}){3})$'

export const sandboxConfig = Type.Object(
  {
    host: Type.String({ pattern: loopback, default: '127.0.0.1', description: 'Loopback address to listen on.' }),
    port: Type.Integer({
      minimum: 0,
      maximum: 65535,
      default: 16440,
      description: 'Port to listen on; 0 takes a free one.',
    }),
    client_ca: Type.String({ description: 'PEM of the CAs that sign client certificates.' }),
    client_ca_key: Type.Optional(
      Type.String({
        description:
          'PEM of the private key of one of those CAs, by which approved requests for certificates are signed; absent: they are not.',
      }),
    ),
    certificate: Type.String({ description: "PEM of the server's certificate." }),
    key: Type.String({ description: "PEM of the server's key." }),
    pods: Type.Union([Type.Literal('processes'), Type.Literal('none')], {
      default: 'processes',
      description: 'Whether pods run as processes of this machine, or are only accepted.',
    }),
    data_dir: Type.String({ minLength: 1, description: "Folder of its own for the pods' logs; what is in it goes." }),
    images: Type.Array(
      Type.Object(
        {
          image: Type.String({ minLength: 1, description: 'As a pod names it, tag included.' }),
          needs: Type.Array(Type.String({ minLength: 1 }), { description: 'Programs that the image promises.' }),
        },
        { additionalProperties: false },
      ),
      { default: [], description: 'Images that this machine stands for.' },
    ),
    watch_history: Type.Integer({
      minimum: 1,
      default: 1000,
      description: 'How many changes of each kind are kept, at least, for watches to start from.',
    }),
    ingress_port: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 65535,
        description:
          'Port on which Ingresses are served by plain HTTP; 0 takes a free one, absent: they are not served.',
      }),
    ),
    control_socket: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Unix socket, for its owner alone, by which tests steer the clock and ask for faults; absent: none.',
      }),
    ),
  },
  { additionalProperties: false, description: 'The embedded control plane.' },
)

export type SandboxConfig = Static<typeof sandboxConfig>

export const isLoopback = (host: string): boolean => new RegExp(loopback).test(host)
