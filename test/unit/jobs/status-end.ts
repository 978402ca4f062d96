import t from 'tap'
import { podFacts } from '../../../src/jobs/pod-status.ts'
import { causeCodes, sentence } from '../../../src/jobs/status-cause.ts'
import { failureOf, notStarted } from '../../../src/jobs/status-end.ts'
import { aPod, endedWith } from '../../support/job-objects.ts'

const endings: [number, { reason?: string; message?: string }, string, string][] = [
  [
    137,
    { reason: 'OOMKilled' },
    'out_of_memory',
    'Out of memory: it needed more than its limit of 512Mi; run it with more memory',
  ],
  [
    137,
    { reason: 'Error' },
    'exit_code',
    'Exit code 137: it was ended by SIGKILL, as happens when memory runs out; its logs may say why',
  ],
  [143, { reason: 'Error' }, 'exit_code', 'Exit code 143: it was ended by SIGTERM; its logs may say why'],
  [139, {}, 'exit_code', 'Exit code 139: it was ended by SIGSEGV; its logs may say why'],
  [160, {}, 'exit_code', 'Exit code 160: it was ended by signal 32; its logs may say why'],
  [128, {}, 'exit_code', 'Exit code 128; its logs may say why'],
  [126, {}, 'not_executable', 'Exit code 126: the command cannot be executed; make its file executable (chmod +x)'],
  [127, {}, 'command_not_found', 'Exit code 127: the command was not found; check its path and the image'],
  [1, { message: 'what a tool wrote to its termination log' }, 'exit_code', 'Exit code 1; its logs may say why'],
  [
    128,
    { reason: 'StartError', message: 'exec: "\u001b[31mno": executable file not found in $PATH: unknown' },
    'command_not_found',
    'Its command could not be started (exec: "?[31mno": executable file not found in $PATH: unknown); check the path of the command and the image',
  ],
]
for (const [code, details, cause, text] of endings)
  t.test(`exit code ${code} ${details.reason ?? ''}: ${text}`, async t => {
    const found = failureOf(podFacts(endedWith(code, details)))
    t.equal(found.code, cause)
    t.equal(sentence(found), text)
    t.match(found.findings, [{ object: 'pod/one-abcde', says: `its process ended with exit code ${code}` }])
  })

t.test('what the cluster did to a pod comes before how its process ended', async t => {
  const evicted = failureOf(podFacts({ ...endedWith(137), status: { ...endedWith(137).status, reason: 'Evicted' } }))
  t.equal(evicted.code, 'evicted')
})

t.test('without a limit none is told', async t => {
  const pod = { ...endedWith(137, { reason: 'OOMKilled' }), spec: { containers: [{ name: 'job' }] } }
  t.match(failureOf(podFacts(pod)).says, /needed more than its limit$/)
})

t.test('why a process could not begin is told by the errors of the system', async t => {
  const code = (message: string) => notStarted(message).code
  t.equal(code('exec: "./a": permission denied: unknown'), 'not_executable')
  t.equal(code('exec /home/a: exec format error'), 'not_executable')
  t.equal(code('exec: "./": is a directory'), 'not_executable')
  t.equal(code('exec: "a": executable file not found in $PATH'), 'command_not_found')
  t.equal(code('exec: "/a": stat /a: no such file or directory'), 'command_not_found')
  t.equal(code('error during container init: mkdir /etc/passwd: not a directory'), 'config_error')
})

t.test('a pod that failed without a word still has a cause of the list', async t => {
  t.ok(causeCodes.includes(failureOf(podFacts(aPod({ phase: 'Failed' }))).code))
})
