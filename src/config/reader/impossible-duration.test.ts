import { expect, test } from 'bun:test'
import { errorsOf } from '../../../test/support/route-table.ts'

const routeWith = (timeout: string) =>
  `{name: r, virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: c, ${timeout}}}]}]}`

test('durations that no timer can have are refused wherever they are read', () => {
  expect(errorsOf(routeWith('timeout: -1s'))).toEqual(['Expected positive duration: timeout is -1s'])
  expect(errorsOf(routeWith('idle_timeout: 9223372036s'))).toEqual([
    'Duration out-of-range: idle_timeout is 9223372036s',
  ])
  expect(errorsOf(routeWith('idle_timeout: 9223372035s'))).toEqual([])
})
