import { expect, test } from 'bun:test'
import { errorsOf } from '../../../test/support/route-table.ts'

const mirrors = (cluster: string) => `request_mirror_policies: [{cluster: ${cluster}}]`
const forward = (more = '') => `{match: {prefix: /}, route: {cluster: app${more}}}`
const DIRECT = '{match: {prefix: /}, direct_response: {status: 200}}'
const UNKNOWN = ["route: unknown shadow cluster 'nope'"]

function errorsFor(table: string, virtualHost: string, ...routes: readonly string[]): readonly string[] {
  const host = `{name: v, domains: ["*"], ${virtualHost} routes: [${routes.join()}]}`
  return errorsOf(`{${table} virtual_hosts: [${host}]}`, { clusters: ['app'] })
}

test('mirrors: the clusters of a level count where a route inherits them, whatever the route does', () => {
  const bad = `${mirrors('nope')},`
  expect(errorsFor(bad, '', forward())).toEqual(UNKNOWN)
  expect(errorsFor(bad, '', DIRECT)).toEqual(UNKNOWN)
  expect(errorsFor('', bad, forward(), DIRECT)).toEqual(UNKNOWN)
  expect(errorsFor('', '', forward(`, ${mirrors('nope')}`))).toEqual(UNKNOWN)
})

test('mirrors: clusters that nobody inherits are not asked for', () => {
  const bad = `${mirrors('nope')},`
  expect(errorsFor(bad, '')).toEqual([])
  expect(errorsFor(bad, `${mirrors('app')},`, forward(), DIRECT)).toEqual([])
  expect(errorsFor(bad, bad, forward(`, ${mirrors('app')}`))).toEqual([])
})
