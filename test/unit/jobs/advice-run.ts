import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import t from 'tap'
import { about, runLine } from '../../../src/jobs/advice-run.ts'
import type { GivenJob } from '../../../src/jobs/given.ts'

const given: GivenJob = { job_type: 'one-off', name: 'one', imagename: 'bookworm', cmd: './a.sh --x' }

t.test('a job becomes the line that makes it', async t => {
  t.equal(runLine(given), `toolforge-jobs run one --command './a.sh --x' --image bookworm`)
  t.equal(
    runLine({
      ...given,
      job_type: 'webservice',
      replicas: 2,
      port: 8080,
      port_protocol: 'udp',
      health_check: { type: 'http', path: '/ok' },
      publish: '/',
      memory: '1Gi',
      mount: 'none',
    }),
    `toolforge-jobs run one --command './a.sh --x' --image bookworm --webservice --replicas 2 --port 8080/udp --health-check-http /ok --publish / --mem 1Gi --mount none`,
  )
  t.equal(
    runLine({
      ...given,
      job_type: 'scheduled',
      schedule: '0 * * * *',
      timezone: 'Europe/Berlin',
      timeout: 60,
      retry: 1,
    }),
    `toolforge-jobs run one --command './a.sh --x' --image bookworm --schedule '0 * * * *' --timezone Europe/Berlin --timeout 60 --retry 1`,
  )
  t.match(
    runLine({ ...given, job_type: 'continuous', health_check: { type: 'script', script: 'a b' }, port: 1 }),
    /--continuous --port 1 --health-check-script 'a b'$/,
  )
  t.match(runLine({ ...given, filelog: false }), /--no-filelog$/)
  t.match(runLine({ ...given, filelog: true, filelog_stdout: 'a b' }), /--filelog --filelog-stdout 'a b'$/)
  t.equal(about('logs', 'one'), 'toolforge-jobs logs one')
})

t.test('a shell reads back every command as it was given', async () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 30 }).filter(cmd => !cmd.includes('\0')),
      cmd => {
        const line = runLine({ ...given, cmd }).replace('toolforge-jobs', 'printf "%s\\n"')
        const said = execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' })
        return said === `run\none\n--command\n${cmd}\n--image\nbookworm\n`
      },
    ),
    { numRuns: 30 },
  )
})
