import { expect, test } from 'bun:test'
import type { DiscoveredResource } from '../api/subscription.ts'
import { DeprecatedUses } from './deprecated-uses.ts'

const ROUTES = 'envoy.config.route.v3.RouteConfiguration'
const FAULT = 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault'
const deprecated = { name: 'a', exact_match: 'b' }

/** One use of its own and one inside of an Any for each of `hosts`. */
function routes(name: string, hosts: readonly string[]): DiscoveredResource {
  const fault = { '@type': FAULT, headers: [deprecated] }
  const route = { match: { prefix: '/', headers: [deprecated] }, typed_per_filter_config: { fault } }
  return {
    name,
    message: { name, virtual_hosts: hosts.map((host) => ({ name: host, domains: [host], routes: [route] })) },
  }
}

test('what stands inside of an Any counts when the resource is another one than before', () => {
  const uses = new DeprecatedUses(ROUTES)
  const count = (deprecated: number, resources: readonly DiscoveredResource[]): number =>
    uses.count({ deprecated, workInProgress: 0 }, resources).deprecated
  expect(count(2, [routes('r', ['a'])])).toBe(2)
  expect(count(2, [routes('r', ['a'])])).toBe(1)
  expect(count(4, [routes('r', ['a', 'b'])])).toBe(4)
  expect(count(6, [routes('r', ['a', 'b']), routes('s', ['a'])])).toBe(4)
  expect(count(0, [])).toBe(0)
  expect(count(2, [routes('r', ['a'])])).toBe(2)
})
