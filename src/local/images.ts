/** An image of the sandbox: a name that Toolforge's users know, and the program that it promises. */
export interface LocalImage {
  readonly name: string
  readonly aliases: readonly string[]
  readonly state: 'stable' | 'deprecated'
  /** The program of this machine that stands for the image; pods run with what there is. */
  readonly needs: string
}

const names: readonly (readonly [name: string, needs: string, state?: 'deprecated'])[] = [
  ['trixie', 'sh'],
  ['bookworm', 'sh'],
  ['bullseye', 'sh', 'deprecated'],
  ['python3.13', 'python3'],
  ['python3.11', 'python3'],
  ['python3.9', 'python3', 'deprecated'],
  ['node22', 'node'],
  ['node20', 'node'],
  ['node18', 'node', 'deprecated'],
  ['php8.2', 'php'],
  ['perl5.36', 'perl'],
  ['ruby3.1', 'ruby'],
  ['jdk17', 'java'],
]

/** The older names of an image that jobs of many years still carry: `tf-python39`, `toolforge-python39-sssd-web`. */
function aliasesOf(name: string): string[] {
  const short = name.replaceAll('.', '')
  const plain = /^[a-z]+$/.test(name)
  return plain
    ? [`tf-${short}`, `toolforge-${short}-sssd`]
    : [`tf-${short}`, `toolforge-${short}-sssd-base`, `toolforge-${short}-sssd-web`]
}

/** Toolforge's usual names (docs/design.md §10). */
export const localImages: readonly LocalImage[] = names.map(([name, needs, state]) => ({
  name,
  needs,
  state: state ?? 'stable',
  aliases: aliasesOf(name),
}))

/** What a pod's `image` says for an image of the list. */
export const referenceOf = ({ name }: LocalImage): string => `sandbox.local/${name}:latest`

/** The content of the ConfigMap; JSON is YAML. */
export const imageConfig = (): string => {
  const entry = (image: LocalImage) => ({ image: referenceOf(image), aliases: image.aliases, state: image.state })
  return JSON.stringify(Object.fromEntries(localImages.map(image => [image.name, entry(image)])), undefined, 2)
}

/** The ConfigMap that the jobs service reads its images from, by the defaults of its configuration. */
export const imageConfigMap = () => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'image-config', namespace: 'tf-public' },
  data: { 'images-v1.yaml': imageConfig() },
})
