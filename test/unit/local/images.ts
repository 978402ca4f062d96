import t from 'tap'
import { parse } from 'yaml'
import { imageConfig, localImages, referenceOf } from '../../../src/local/images.ts'

t.test('every name and alias stands for one image', async t => {
  const names = localImages.flatMap(({ name, aliases }) => [name, ...aliases])
  t.equal(new Set(names).size, names.length)
  t.ok(names.includes('tf-python39'), 'the names of older jobs are among them')
  t.ok(names.includes('toolforge-python39-sssd-web'))
})

t.test('the content of image-config is YAML with an image, aliases and a state for each name', async t => {
  const config = parse(imageConfig())
  t.equal(Object.keys(config).length, localImages.length)
  for (const image of localImages) {
    t.same(config[image.name], { image: referenceOf(image), aliases: image.aliases, state: image.state })
  }
})
