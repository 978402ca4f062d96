import { type Static, Type } from 'typebox'

const Exact = { additionalProperties: false }

/** What an operator decides about the pods of jobs and their images. */
export const jobsSettings = Type.Object(
  {
    mounts: Type.Array(
      Type.Object(
        {
          name: Type.String({ pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' }),
          path: Type.String({ pattern: '^/', description: 'The same on the node and in the pod.' }),
          read_only: Type.Boolean({ default: false }),
        },
        Exact,
      ),
      {
        default: [{ name: 'home', path: '/data/project', read_only: false }],
        env: 'JOBS_API_MOUNTS',
        description: 'Folders of the nodes that jobs with `mount: all` see; one of them must hold the homes.',
      },
    ),
    cpu_limit: Type.String({
      default: '1000m',
      pattern: '^[0-9]+(\\.[0-9]+)?m?$',
      env: 'JOBS_API_CPU_LIMIT',
      description: 'Most processor time of a job that did not ask for any: a Kubernetes quantity of cores.',
    }),
    keep_finished_s: Type.Integer({
      default: 3600,
      minimum: 0,
      env: 'JOBS_API_KEEP_FINISHED_S',
      description: 'Seconds after which the cluster removes a finished one-off job.',
    }),
    publish: Type.Object(
      {
        domain: Type.String({
          default: 'local',
          pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
          maxLength: 190,
          env: 'JOBS_API_PUBLISH_DOMAIN',
          description: 'A published job of tool T is reached at the host `T.DOMAIN`.',
        }),
        ingress_class: Type.String({
          default: '',
          pattern: '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$',
          env: 'JOBS_API_PUBLISH_INGRESS_CLASS',
          description: "Class of the Ingresses of published jobs; empty for the cluster's default class.",
        }),
      },
      { ...Exact, default: {}, description: 'How jobs are reached from the world.' },
    ),
    image_config: Type.Object(
      {
        namespace: Type.String({
          default: 'tf-public',
          env: 'JOBS_API_IMAGES_NAMESPACE',
          description: 'Its namespace.',
        }),
        name: Type.String({ default: 'image-config', env: 'JOBS_API_IMAGES_NAME', description: 'Its name.' }),
        key: Type.String({ default: 'images-v1.yaml', env: 'JOBS_API_IMAGES_KEY', description: 'The key within it.' }),
      },
      { ...Exact, default: {}, description: 'The ConfigMap that lists the images.' },
    ),
  },
  { ...Exact, default: {}, description: 'Jobs: their pods and their images.' },
)
export type JobsSettings = Static<typeof jobsSettings>
