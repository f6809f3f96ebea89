import { expect, test } from 'bun:test'
import { errorsOf } from '../../../test/support/route-table.ts'

test('negative durations are refused wherever they are read', () => {
  const route = '{match: {prefix: /}, route: {cluster: c, timeout: -1s}}'
  expect(errorsOf(`{name: r, virtual_hosts: [{name: v, domains: ["*"], routes: [${route}]}]}`)).toEqual([
    'Expected positive duration: timeout is -1s',
  ])
})
