import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { newRequestHeaders } from '../../codec/headers/request-headers.ts'
import { newResponseHeaders } from '../../codec/headers/response-headers.ts'
import { testContext, testStreamInfo } from '../../../test/support/route-table.ts'
import type { RouteCheckDeps } from './check-routes.ts'
import { checkRoutes } from './check-routes.ts'

const PEER = join(import.meta.dir, '../../../../shared/peer/router_check')

const deps: RouteCheckDeps = {
  context: testContext(),
  requestHeaders: newRequestHeaders,
  responseHeaders: newResponseHeaders,
  streamInfo: testStreamInfo,
}

const TABLE = `{virtual_hosts: [{name: v, domains: ["*"], routes: [
  {match: {path: /a}, route: {cluster: one, prefix_rewrite: /b}},
  {match: {prefix: /}, redirect: {path_redirect: /a}}]}]}`

function check(tests: unknown, details = false) {
  const golden = { file: 'g.json', text: JSON.stringify({ tests }) }
  return checkRoutes({ file: 'c.yaml', text: TABLE }, golden, details, deps)
}

test('route check: what is as expected passes and is named only with details', () => {
  const tests = [
    {
      test_name: 'one',
      input: { authority: 'a', path: '/a' },
      validate: { cluster_name: 'one', path_rewrite: '/b', path_redirect: '' },
    },
  ]
  expect(check(tests)).toEqual({ ok: true, lines: [] })
  expect(check(tests, true)).toEqual({ ok: true, lines: ['one'] })
})

test('route check: what differs is told in the words of the tool', () => {
  const tests = [{ test_name: 't', input: { authority: 'a', path: '/x' }, validate: { cluster_name: 'one' } }]
  expect(check(tests)).toEqual({
    ok: false,
    lines: ['t', 'expected: [one], actual: [], test type: cluster_name'],
  })
})

describe('route check: the goldens of the tool', () => {
  if (!existsSync(PEER)) {
    test.skip(`${PEER} is not here`, () => undefined)
    return
  }
  const text = (file: string) => ({ file, text: readFileSync(join(PEER, file), 'utf8') })
  // The index is data of the same collection; its shape is told in its README.
  const index = JSON.parse(text('index.json').text) as readonly {
    config: string
    golden: string
    expect_failures: boolean
  }[]
  test.each(index.map((entry) => [entry.golden, entry] as const))('%s', (_, entry) => {
    const { ok, lines } = checkRoutes(text(entry.config), text(entry.golden), false, deps)
    expect(ok ? [] : lines).toEqual(entry.expect_failures ? expect.arrayContaining([expect.any(String)]) : [])
    expect(ok).toBe(!entry.expect_failures)
  })
})
