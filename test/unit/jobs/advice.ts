import t from 'tap'
import { adviceFor } from '../../../src/jobs/advice.ts'
import type { GivenJob } from '../../../src/jobs/given.ts'
import { type Lists, observe } from '../../../src/jobs/observed.ts'
import { type CauseCode, causeCodes } from '../../../src/jobs/status-cause.ts'
import { aCronJob, aDeployment, aJob, endedWith } from '../../support/job-objects.ts'

const given: GivenJob = { job_type: 'one-off', name: 'one', imagename: 'bookworm', cmd: './a.sh' }
const finished = aJob({ conditions: [{ type: 'Failed', status: 'True' }] })

const advise = (code: CauseCode, lists: Lists, more: { given?: GivenJob; mostMemory?: string } = {}) => {
  const [observed] = observe(lists)
  if (observed === undefined) throw new Error('there is no job in these lists')
  return adviceFor({ code, says: 'so it is', todo: 'do that' }, { name: 'one', observed, ...more })
}

t.test('more memory is twice as much, and no more than a job may have', async t => {
  const lists = { jobs: [finished], pods: [endedWith(137)] }
  const commands = (mostMemory?: string) =>
    advise('out_of_memory', lists, { given, ...(mostMemory === undefined ? {} : { mostMemory }) }).commands
  t.strictSame(commands(), ['toolforge-jobs run one --command ./a.sh --image bookworm --mem 1Gi'])
  t.strictSame(commands('768Mi'), ['toolforge-jobs run one --command ./a.sh --image bookworm --mem 768Mi'])
  t.strictSame(commands('512Mi'), ['toolforge-jobs quota'])
  t.match(advise('out_of_memory', lists, { given, mostMemory: '512Mi' }).advice, ['Do that.', /most memory/])
  t.match(advise('out_of_memory', { jobs: [finished] }, { given: { ...given, memory: '1.5G' } }).commands, [
    /--mem 3G$/,
  ])
})

t.test('a one-off that has ended gives way by itself; what is still there is deleted first', async t => {
  t.equal(advise('evicted', { jobs: [finished] }, { given }).commands.length, 1)
  t.match(advise('evicted', { jobs: [aJob()] }, { given }).commands, [
    'toolforge-jobs delete one',
    /^toolforge-jobs run one/,
  ])
  t.strictSame(advise('evicted', { deployments: [aDeployment()] }, { given }).commands, ['toolforge-jobs restart one'])
  t.strictSame(advise('evicted', { jobs: [aJob()] }).commands, ['toolforge-jobs delete one'])
})

t.test('more time is twice as much', async t => {
  const scheduled: GivenJob = { ...given, job_type: 'scheduled', schedule: '@daily', timeout: 60 }
  t.match(advise('deadline_exceeded', { cronjobs: [aCronJob()] }, { given: scheduled }).commands, [
    'toolforge-jobs delete one',
    /--timeout 120$/,
  ])
  t.strictSame(advise('deadline_exceeded', { jobs: [finished] }, { given }).commands, ['toolforge-jobs logs one'])
})

t.test('a file is made executable where the command names one', async t => {
  const commands = (cmd: string) =>
    advise('not_executable', { jobs: [finished] }, { given: { ...given, cmd } }).commands
  t.match(commands('./a.sh x'), ['chmod +x ./a.sh', /^toolforge-jobs run/])
  for (const cmd of ['python a.py', "'./a b'", './a;b', '"unclosed'])
    t.strictSame(commands(cmd), ['toolforge-jobs logs one'])
})

t.test('less memory is the most that a job may have', async t => {
  const asked = { given: { ...given, memory: '8Gi' }, mostMemory: '4Gi' }
  t.match(advise('limit_range', { jobs: [aJob()] }, asked).commands, [
    'toolforge-jobs quota',
    'toolforge-jobs delete one',
    /--mem 4Gi$/,
  ])
  t.strictSame(advise('limit_range', { jobs: [aJob()] }, { given, mostMemory: '4Gi' }).commands, [
    'toolforge-jobs quota',
  ])
})

t.test('what was suspended is resumed with what suspended it', async t => {
  t.match(advise('suspended', { jobs: [aJob()] }).commands, [/^kubectl patch job one .*"suspend":false/])
  t.match(advise('suspended', { cronjobs: [aCronJob()] }).commands, [/^kubectl patch cronjob one/, /restart one$/])
  t.match(advise('suspended', { deployments: [aDeployment()] }).commands, [/^kubectl rollout resume deployment one$/])
})

/** The verbs of what a one-off that still runs is told to type, by cause. */
const verbs: Record<CauseCode, readonly string[]> = {
  starting: ['show'],
  running_well: [],
  finished_well: ['logs'],
  waiting_for_schedule: ['restart'],
  rolling_out: ['show'],
  suspended: ['patch'],
  stopped: ['delete', 'run'],
  being_deleted: [],
  exit_code: ['logs'],
  command_not_found: ['show', 'logs'],
  not_executable: ['chmod', 'delete', 'run'],
  out_of_memory: ['quota'],
  crash_loop: ['logs'],
  health_check_failing: ['logs'],
  deadline_exceeded: ['logs'],
  image_not_found: ['images', 'delete'],
  image_pull_denied: ['images', 'delete'],
  image_name_invalid: ['images', 'delete'],
  image_pull_failed: ['show'],
  config_error: ['show', 'delete'],
  volume_missing: ['show'],
  schedule_invalid: ['show', 'delete'],
  previous_run_still_running: ['logs'],
  quota_exceeded: ['quota', 'list'],
  limit_range: ['quota'],
  admission_denied: ['show', 'delete'],
  unschedulable: ['show'],
  start_deadline_missed: ['restart'],
  never_scheduled: ['restart'],
  start_failed: ['logs'],
  evicted: ['delete', 'run'],
  node_lost: ['delete', 'run'],
  cluster_trouble: ['show'],
  result_lost: ['logs'],
  out_of_sync: ['delete', 'run'],
}
const sentences: Partial<Record<CauseCode, RegExp>> = {
  waiting_for_schedule: /^To run it now, /,
  command_not_found: /folders of PATH/,
  not_executable: /first line must name the program/,
  out_of_memory: /the most memory that a job may have/,
  quota_exceeded: /delete what is not needed/,
}

t.test('what to type about each cause', async t => {
  for (const code of causeCodes) {
    const { advice, commands } = advise(code, { jobs: [aJob()] }, { given })
    const typed = commands.map(line => line.replace(/^(toolforge-jobs|kubectl) /, '').split(' '))
    t.strictSame(
      typed.map(([verb]) => verb),
      verbs[code],
      code,
    )
    for (const line of commands) t.equal(/ one( |$)/.test(line), !/ (quota|images|list)$|^chmod /.test(line), line)
    const sentence = sentences[code]
    t.match(advice, sentence === undefined ? ['Do that.'] : ['Do that.', sentence], code)
    t.equal(advice.length, sentence === undefined ? 1 : 2, code)
  }
})

t.test('what is doubled is doubled once, and only where that can be', async t => {
  const lists = { jobs: [finished] }
  const memory = (memory: string, mostMemory: string) =>
    advise('out_of_memory', lists, { given: { ...given, memory }, mostMemory }).commands.at(-1)
  t.match(memory('1Gi', '2Gi'), /--mem 2Gi$/, 'the most itself')
  t.match(memory('1Gi', '1536Mi'), /--mem 1536Mi$/)
  t.equal(memory('2Gi', '2Gi'), 'toolforge-jobs quota')
  for (const odd of ['0', '-1Gi', 'x']) t.equal(memory(odd, '2Gi'), 'toolforge-jobs quota', odd)
  const scheduled: GivenJob = { ...given, job_type: 'scheduled', schedule: '@daily' }
  const timed = (more: { timeout?: number }) =>
    advise('deadline_exceeded', { cronjobs: [aCronJob()] }, { given: { ...scheduled, ...more } }).commands
  for (const more of [{}, { timeout: 0 }]) t.strictSame(timed(more), ['toolforge-jobs logs one'])
})

t.test('every cause has advice of printable text, whatever the job is called and runs', async t => {
  const wild: GivenJob = { ...given, cmd: 'a\u001b[2Jb\nc' }
  for (const code of causeCodes)
    for (const lists of [{ jobs: [aJob()] }, { cronjobs: [aCronJob()] }, { deployments: [aDeployment()] }]) {
      const [observed] = observe(lists)
      if (observed === undefined) throw new Error('there is no job in these lists')
      const { advice, commands } = adviceFor({ code, says: 'x' }, { name: 'a\u001b b', observed, given: wild })
      for (const line of [...advice, ...commands]) t.notMatch(line, /[^ -~]/, code)
    }
})
