import t from 'tap'
import { imageCause, isImageReason } from '../../../src/jobs/status-image.ts'

const code = (message: string, { reason = 'ErrImagePull', image = 'r.example/a:1' } = {}) =>
  imageCause({ reason, message }, image).code

t.test('the gRPC code of the container runtime decides where there is one', async t => {
  t.equal(code('rpc error: code = NotFound desc = failed to resolve'), 'image_not_found')
  t.equal(code('rpc error: code = PermissionDenied desc = no'), 'image_pull_denied')
  t.equal(code('rpc error: code = Unauthenticated desc = no'), 'image_pull_denied')
  t.equal(code('rpc error: code = Unavailable desc = no'), 'image_pull_failed')
})

t.test('else its words do', async t => {
  t.equal(code('manifest unknown'), 'image_not_found')
  t.equal(code('unexpected status: 403 Forbidden'), 'image_pull_denied')
  t.equal(code('pull access denied, repository does not exist or may require authorization'), 'image_pull_denied')
  t.equal(code('invalid reference format'), 'image_name_invalid')
  t.equal(code('dial tcp: lookup r.example: no such host'), 'image_pull_failed')
})

t.test("an image's own name says nothing about why", async t => {
  const image = 'r.example/unauthorized/not-found:403'
  t.equal(code(`Back-off pulling image "${image}"`, { image }), 'image_pull_failed')
  t.equal(code(`code = NotFound desc = "${image}"`, { image }), 'image_not_found')
  t.equal(code('Back-off', { image: '' }), 'image_pull_failed')
})

t.test("the cluster's own reasons say the rest", async t => {
  t.equal(code('', { reason: 'InvalidImageName' }), 'image_name_invalid')
  t.equal(code('', { reason: 'ErrImageNeverPull' }), 'image_not_found')
  t.ok(isImageReason('ImagePullBackOff'))
  t.notOk(isImageReason('ContainerCreating'))
})

t.test('nothing of it moves a cursor', async t => {
  const { says } = imageCause({ reason: 'ErrImagePull', message: 'a\u001b[2Jb' }, 'c\u001b[2Jd')
  t.notMatch(says, /[^ -~]/)
})
