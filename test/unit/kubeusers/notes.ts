import t from 'tap'
import {
  type AnnotationPatch,
  foundNote,
  issuedNote,
  missingNote,
  noteNames,
  notesOf,
  returnedNotes,
  shutOffNotes,
  stoppedNote,
} from '../../../src/kubeusers/notes.ts'

const now = Date.UTC(2026, 10, 22, 10)

/** Annotations after patches, as the cluster merges them. */
function patched(...patches: AnnotationPatch[]): Record<string, string> {
  const all: AnnotationPatch = Object.assign({}, ...patches)
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [[name, value]])))
}
const read = (...patches: AnnotationPatch[]) => notesOf(patched(...patches))

t.test('what is written is read', async t => {
  t.strictSame(notesOf(), {})
  t.strictSame(notesOf({ 'toolforge.org/uid': '5' }), {})
  t.strictSame(read(missingNote(now)), { missingSince: now })
  t.strictSame(read(missingNote(now), foundNote), {})
  t.strictSame(read(issuedNote(now)), { issued: now })
  t.strictSame(read({ [noteNames.newKey]: '' }), { newKey: true })
  t.strictSame(read({ [noteNames.newKey]: 'true' }, issuedNote(now)), { issued: now })
  const shutOff = { since: now, because: 'absent', reason: 'it has gone', stopped: false }
  const off = shutOffNotes(now, 'absent', 'it has gone')
  t.strictSame(read(missingNote(now - 5), off), { shutOff, removed: now })
  t.strictSame(read(off, stoppedNote(now)), { shutOff: { ...shutOff, stopped: true }, removed: now })
  const disabled = { since: now, because: 'disabled', reason: 'locked', stopped: false }
  t.strictSame(read(shutOffNotes(now, 'disabled', 'locked')), { shutOff: disabled })
})

t.test('when a tool is back, nothing is left but when it was removed', async t => {
  const off = shutOffNotes(now, 'absent', 'it has gone')
  t.strictSame(read(off, stoppedNote(now), missingNote(now), issuedNote(now), returnedNotes), {
    removed: now,
    issued: now,
  })
  t.strictSame(read(shutOffNotes(now, 'disabled', 'x'), returnedNotes), {})
})

t.test('what is no moment counts as not written, and a tool that is shut off stays so', async t => {
  for (const text of ['', 'yes', 'ticket 12', '2026', '1', '2026-11-22', '2026-99-99T10:00:00Z', 'Nov 22 2026']) {
    t.match(
      notesOf({ [noteNames.shutOff]: text }),
      { shutOff: { since: undefined, because: 'absent', reason: '' } },
      text,
    )
    t.strictSame(
      notesOf({ [noteNames.missingSince]: text, [noteNames.issued]: text, [noteNames.removed]: text }),
      {},
      text,
    )
  }
  t.equal(notesOf({ [noteNames.issued]: '2026-11-22T11:00:00.5+01:00' }).issued, now + 500)
})
