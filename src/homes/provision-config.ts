import { type Static, Type } from 'typebox'
import { Section } from '../platform/config.ts'
import { homesConfig } from './config.ts'

const { root, min_uid, helpers, max_stuck, kubeconfig, user_prefix } = homesConfig.properties
const name = '^[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?$'
const folder = '^[^/\\u0000]+$'

export const provisionConfig = Section(
  {
    root,
    root_marker: Type.String({
      default: '',
      env: 'HOMES_ROOT_MARKER',
      description:
        'Path below the root that must be there before a home is made, so that none is made where the shared disk is not mounted; empty: nothing is asked for.',
    }),
    people_root: Type.String({
      default: '/home',
      pattern: '^/',
      env: 'HOMES_PEOPLE_ROOT',
      description: "Folder that holds the administrators' own homes; none is made.",
    }),
    min_uid,
    helpers,
    max_stuck,
    deadline_ms: Type.Integer({
      default: 5000,
      minimum: 10,
      maximum: 60_000,
      env: 'HOMES_DEADLINE_MS',
      description: 'Milliseconds that one task in a home may take; then its helper is killed and replaced.',
    }),
    // Longer than a task may take for as many homes as may hang: when the whole disk does, a pass soon asks for none of the others.
    retry_s: Type.Integer({
      default: 60,
      minimum: 1,
      maximum: 3600,
      env: 'HOMES_RETRY_S',
      description: 'Seconds before a home that hung, or wore out a helper, is tried again.',
    }),
    kubeconfig,
    credentials_folder: Type.String({
      default: '.toolskube',
      pattern: folder,
      env: 'HOMES_CREDENTIALS_FOLDER',
      description: "Folder of a tool's home that holds its certificate and key.",
    }),
    people_credentials_folder: Type.String({
      default: '.admkube',
      pattern: folder,
      env: 'HOMES_PEOPLE_CREDENTIALS_FOLDER',
      description: "Folder of an administrator's home that holds the certificate and key.",
    }),
    cluster: Type.String({
      default: 'toolforge',
      pattern: name,
      env: 'HOMES_CLUSTER',
      description: "The cluster's name in the kubeconfigs.",
    }),
    context: Type.String({
      default: 'toolforge',
      pattern: name,
      env: 'HOMES_CONTEXT',
      description: "The context's name in the kubeconfigs.",
    }),
    user_prefix,
    current_context: Type.Unsafe<'if_new' | 'always'>({
      type: 'string',
      enum: ['if_new', 'always'],
      default: 'if_new',
      env: 'HOMES_CURRENT_CONTEXT',
      description: 'Whether the context becomes the current one only where a kubeconfig names none, or each time.',
    }),
    key_type: Type.Unsafe<'ec' | 'rsa'>({
      type: 'string',
      enum: ['ec', 'rsa'],
      default: 'ec',
      env: 'HOMES_KEY_TYPE',
      description: 'Kind of new keys: ECDSA on P-256, or RSA with 3072 bits. Keys that are there stay.',
    }),
  },
  'Homes that certificates, keys and kubeconfigs are written to.',
)
export type ProvisionConfig = Static<typeof provisionConfig>
