import process from 'node:process'
import t, { type Test } from 'tap'
import { authentication } from './control-plane/authentication.ts'
import { certificateRequests } from './control-plane/certificate-requests.ts'
import { cronJobs } from './control-plane/cron-jobs.ts'
import { deletion } from './control-plane/deletion.ts'
import { deployments } from './control-plane/deployments.ts'
import { discovery } from './control-plane/discovery.ts'
import { escalation } from './control-plane/escalation.ts'
import { events } from './control-plane/events.ts'
import { ingresses } from './control-plane/ingresses.ts'
import { jobs } from './control-plane/jobs.ts'
import { leases } from './control-plane/leases.ts'
import { limits } from './control-plane/limits.ts'
import { lists } from './control-plane/lists.ts'
import { logs } from './control-plane/logs.ts'
import { namespaces } from './control-plane/namespaces.ts'
import { networkPolicies } from './control-plane/network-policies.ts'
import { objects } from './control-plane/objects.ts'
import { ownClient } from './control-plane/own-client.ts'
import { owners } from './control-plane/owners.ts'
import { pods } from './control-plane/pods.ts'
import { probes } from './control-plane/probes.ts'
import { realTarget } from './control-plane/real.ts'
import { rights } from './control-plane/rights.ts'
import { sandboxTarget } from './control-plane/sandbox.ts'
import { secrets } from './control-plane/secrets.ts'
import { serviceAccounts } from './control-plane/service-accounts.ts'
import { services } from './control-plane/services.ts'
import type { Suite, Target } from './control-plane/target.ts'
import { watches } from './control-plane/watches.ts'

/*
 * What we rely on from a control plane, run against a real Kubernetes and against the sandbox, so that tests in the sandbox
 * may be trusted. Words after the file's name choose: names of suites, `real`, `sandbox`.
 */
const suites: Record<string, Suite> = {
  discovery,
  authentication,
  rights,
  objects,
  lists,
  watches,
  deletion,
  owners,
  jobs,
  'cron-jobs': cronJobs,
  deployments,
  services,
  ingresses,
  pods,
  probes,
  logs,
  limits,
  events,
  namespaces,
  escalation,
  'certificate-requests': certificateRequests,
  'service-accounts': serviceAccounts,
  secrets,
  leases,
  'network-policies': networkPolicies,
  'own-client': ownClient,
}

const targets: Record<string, (t: Test) => Promise<Target | undefined>> = {
  real: realTarget,
  sandbox: sandboxTarget,
}

const words = process.argv.slice(2)
const chosen = (all: string[]): string[] => {
  const named = all.filter(name => words.includes(name))
  return named.length > 0 ? named : all
}

/** Assertions that held, those that did not, and what was answered with 501. */
function cell({ pass, fail, skip }: { pass: number; fail: number; skip: number }, notImplemented: number): string {
  const parts = [`${pass}`]
  if (fail > 0) parts.push(`${fail} failed`)
  if (skip > 0) parts.push(`${skip} skipped`)
  if (notImplemented > 0) parts.push(`${notImplemented} answered 501`)
  return parts.join(', ')
}

/** Runs a suite; gives its cell of the table. A 501 is a failure even where the suite did not notice. */
async function run(t: Test, suite: Suite, target: Target): Promise<string> {
  const clients = [target.admin]
  const newTool = async () => {
    const tool = await target.newTool()
    clients.push(tool.client)
    return tool
  }
  await suite(t, { ...target, newTool })
  const answers501 = clients.flatMap(client => client.notImplemented.splice(0))
  t.strictSame(answers501, [], 'nothing is answered with 501')
  return cell(t.assertTotals, answers501.length)
}

/** The table as lines of equal columns. */
function drawn(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

t.setTimeout(20 * 60_000)

const columns = chosen(Object.keys(targets))
const table = new Map(chosen(Object.keys(suites)).map(name => [name, new Map<string, string>()]))

for (const column of columns)
  await t.test(column, async t => {
    const target = await targets[column]?.(t)
    if (target === undefined) return
    for (const [name, row] of table)
      await t.test(name, async t => {
        const suite = suites[name]
        row.set(column, 'failed')
        if (suite !== undefined) row.set(column, await run(t, suite, target))
      })
  })

const rows = [...table].map(([name, row]) => [name, ...columns.map(column => row.get(column) ?? 'not run')])
t.comment(['The treaty as a table: assertions, suite by target', ...drawn([['suite', ...columns], ...rows])].join('\n'))
