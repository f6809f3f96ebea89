import { expect, test } from 'bun:test'
import { loadBootstrap } from '../load-bootstrap.ts'
import { shownWarnings } from './shown-warnings.ts'

test('--skip-deprecated-logs leaves the other warnings', () => {
  const readFile = (): Buffer => Buffer.from('nod: {}\nadmin: {access_log_path: /dev/null}\n')
  const { warnings } = loadBootstrap({ path: 'a.yaml', unknownFields: 'warn', readFile })
  const ids = (skip: boolean): string[] => shownWarnings(warnings, skip).map(({ id }) => id)
  expect([ids(false), ids(true)]).toEqual([['NU101', 'NU111'], ['NU101']])
})
