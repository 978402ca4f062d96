import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { checkSituations } from '../../../support/job-situations.ts'

checkSituations(parse(readFileSync(new URL('recorded.yaml', import.meta.url), 'utf8')))
