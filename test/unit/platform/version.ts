import t from 'tap'
import { version } from '../../../src/platform/version.ts'

t.test('the version is that of the package', async t => {
  t.match(version, /^\d+\.\d+\.\d+/)
})
