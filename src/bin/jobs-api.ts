#!/usr/bin/env node
import { jobsApiConfig } from '../api/config.ts'
import { createJobsApi } from '../api/service.ts'
import { runProgram } from '../platform/process.ts'

process.exitCode = await runProgram(
  {
    name: 'jobs-api',
    description: 'Runs the jobs of tools on Kubernetes; the client certificate says which tool calls',
    schema: jobsApiConfig,
    create: createJobsApi,
    logLevel: ({ log }) => log.level,
    // The service keeps its own limit; this one is for a service that cannot.
    stopLimit: ({ shutdown }) => shutdown.limit_ms + 1000,
  },
  process.argv.slice(2),
)
