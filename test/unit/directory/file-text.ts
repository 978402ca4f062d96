import fc from 'fast-check'
import t from 'tap'
import { stringify } from 'yaml'
import { DirectoryError } from '../../../src/directory/directory.ts'
import { parseDirectoryText } from '../../../src/directory/file-text.ts'

const found = (text: string, uid?: number) => parseDirectoryText(text, { uid }).found

t.test('a file says who is there, each with its line', async t => {
  const text = `# ours
tools:
  - name: a   # the first
  - { name: "007", uid: 5001, disabled: true }
  - name: b
    disabled: asked for by the owner
  - name: c
    disabled: false
administrators:
  - name: pat
    uid: 2001
`
  t.strictSame(found(text, 1234), {
    tools: [
      { name: 'a', uid: '1234', place: 'line 3' },
      { name: '007', uid: '5001', place: 'line 4', disabled: 'it is disabled in the file' },
      { name: 'b', uid: '1234', place: 'line 5', disabled: 'asked for by the owner' },
      { name: 'c', uid: '1234', place: 'line 7' },
    ],
    administrators: [{ name: 'pat', uid: '2001', place: 'line 10' }],
  })
  t.equal(found(text).tools[0]?.uid, undefined)
})

t.test('an empty list is one only when it says so', async t => {
  t.strictSame(found('tools: []\n'), { tools: [], administrators: [] })
  t.strictSame(found('tools: []\nadministrators: []\n'), { tools: [], administrators: [] })
  for (const text of [
    '',
    ' \n',
    '# nothing\n',
    '---\n',
    '{}\n',
    '[]\n',
    'tools:\n',
    'tools: ~\n',
    'tools: {}\n',
    'tools: a\n',
  ])
    t.throws(() => found(text), { name: 'DirectoryError', message: /^line 1: / }, JSON.stringify(text))
  t.throws(() => found('administrators: []\n'), /there are no "tools"/)
  t.throws(() => found('tools: []\nadministrators:\n'), /^line 2: "administrators" must be a list/)
})

t.test('what is wrong is told with its line, and nothing of the file is taken', async t => {
  const cases: [string, string | RegExp][] = [
    ['tools: []\ntool: []\n', 'line 2: there is no setting "tool"; there are tools, administrators'],
    ['tools:\n- name: a\n  id: 1\n', 'line 3: there is no setting "id"; there are name, uid, disabled'],
    ['tools:\n- name: a\n- b\n', 'line 3: an account is written as "- name: NAME"'],
    ['tools:\n- name: a\n- uid: 1\n', /^line 3: an account needs a "name"/],
    ['tools:\n- name: 007\n', /^line 2: an account needs a "name", a text/],
    ['tools:\n- name:\n', /^line 2: an account needs a "name"/],
    ['tools:\n- name: [a]\n', /^line 2: an account needs a "name"/],
    ['tools:\n- name: ""\n', /^line 2: an account needs a "name"/],
    ['tools:\n- name: a\n  uid: x\n', 'line 3: "uid" must be a whole number'],
    ['tools:\n- name: a\n  uid: 1.5\n', 'line 3: "uid" must be a whole number'],
    ['tools:\n- name: a\n  uid:\n', 'line 3: "uid" must be a whole number'],
    ['tools:\n- name: a\n  disabled: 1\n', /^line 3: "disabled" must be true, false/],
    ['tools:\n- name: a\n  disabled: ""\n', /^line 3: "disabled" must be true, false/],
    ['tools:\n- name: a\n  disabled:\n', /^line 3: "disabled" must be true, false/],
    ['tools:\n- name: a\n  name: b\n', /^line 3: is not YAML: Map keys must be unique/],
    ['tools:\n- name: a\ntools: []\n', /^line 3: is not YAML/],
    ['tools:\n- name: [a\n', /^line \d: is not YAML/],
    ['tools: []\n---\ntools: []\n', /^line \d: is not YAML/],
    ['tools: &a\n- &b\n  name: a\n- *b\n', 'line 4: an account is written as "- name: NAME"'],
    ['tools:\n- name: a\n  ? [x]\n  : y\n', /^line 3: /],
  ]
  for (const [text, message] of cases) t.throws(() => found(text), { name: 'DirectoryError', message }, text)
})

t.test('a file that was cut off within a line is refused', async t => {
  const whole = stringify({ tools: [{ name: 'foobar', uid: 5001 }, { name: 'b' }], administrators: [{ name: 'p' }] })
  for (let length = 0; length < whole.length; length++) {
    if (whole[length - 1] !== '\n') t.throws(() => found(whole.slice(0, length)), DirectoryError, `after ${length}`)
  }
})

t.test('any text is understood, or refused with a DirectoryError', async t => {
  const pieces = fc.constantFrom(
    'tools',
    ':',
    '\n',
    '- ',
    'name: a',
    '[',
    ']',
    '{',
    '}',
    '  ',
    '"',
    '#',
    '&a',
    '*a',
    '<<',
    '!!x',
    '\t',
  )
  fc.assert(
    fc.property(
      fc.array(pieces).map(all => `${all.join('')}\n`),
      text => {
        try {
          return Array.isArray(found(text).tools)
        } catch (error) {
          return error instanceof DirectoryError && /^line \d+: /.test(error.message)
        }
      },
    ),
    { numRuns: 2000 },
  )
  t.pass()
})
