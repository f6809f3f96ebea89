import { describe, expect, test } from 'bun:test'
import { createParseContext } from '../../config/parse-context.ts'
import { parseMessage } from '../../config/parse-message.ts'
import { parseRoot } from '../../config/parse-root.ts'
import { extension as dnsCluster } from '../../extensions/clusters/dns/extension.ts'
import { extension as cares } from '../../extensions/network/dns_resolver/cares/extension.ts'
import { ExtensionRegistry } from '../../registry/extension-registry.ts'
import type { ClusterConfig } from '../cluster-config.ts'
import { parseCluster } from '../cluster-config.ts'

const TYPE = 'envoy.config.cluster.v3.Cluster'
const DNS = '"@type": type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster'
const context = createParseContext(new ExtensionRegistry([dnsCluster, cares]), {
  clusterNames: undefined,
  accessLogFiles: undefined as never,
})

/** A cluster of one or two endpoints with the given `cluster_type`; its errors where it has some. */
function parsed(clusterType: string, more = '', endpoints = 1): ClusterConfig | string {
  const endpoint = '{endpoint: {address: {socket_address: {address: localhost, port_value: 80}}}}'
  const list = Array.from({ length: endpoints }, () => endpoint).join()
  const assignment = `load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [${list}]}]}`
  const message = parseMessage(TYPE, `{name: a, cluster_type: ${clusterType}, ${assignment}${more}}`)
  if (!message.ok) throw new Error(JSON.stringify(message.errors))
  const result = parseRoot(TYPE, message.value, {}, (reader) => parseCluster(reader, context))
  return result.ok ? result.value : result.errors.map(({ message }) => message).join()
}

describe('cluster_type', () => {
  test.each([
    [`{name: envoy.clusters.dns, typed_config: {${DNS}}}`, 'STRICT_DNS'],
    [`{name: anything, typed_config: {${DNS}}}`, 'STRICT_DNS'],
    [`{name: x, typed_config: {${DNS}, all_addresses_in_single_endpoint: true}}`, 'LOGICAL_DNS'],
    ['{name: envoy.cluster.dns}', 'STRICT_DNS'],
    ['{name: envoy.cluster.strict_dns}', 'STRICT_DNS'],
    ['{name: envoy.cluster.logical_dns}', 'LOGICAL_DNS'],
    [
      '{name: envoy.cluster.strict_dns, typed_config: {"@type": type.googleapis.com/google.protobuf.Struct, value: {}}}',
      'STRICT_DNS',
    ],
  ])('%s is %s', (clusterType, discovery) => {
    expect(parsed(clusterType)).toMatchObject({ discovery })
  })

  test.each([
    ['{name: nope}', "Didn't find a registered cluster factory implementation for name: 'nope'"],
    ['{name: envoy.clusters.dns}', "Didn't find a registered cluster factory implementation for name"],
    ['{name: envoy.cluster.static}', 'malformed IP address: localhost'],
    ['{name: envoy.cluster.eds}', 'cannot create an EDS cluster without an EDS config'],
    ['{name: envoy.clusters.redis}', 'not supported by Nuncio yet'],
    [
      `{name: x, typed_config: {${DNS}, dns_failure_refresh_rate: {base_interval: 5s, max_interval: 1s}}}`,
      'must have max_interval greater than or equal to the base_interval',
    ],
  ])('%s is refused', (clusterType, words) => {
    expect(parsed(clusterType)).toContain(words)
  })

  test('a single endpoint has a single name', () => {
    const clusterType = `{name: x, typed_config: {${DNS}, all_addresses_in_single_endpoint: true}}`
    expect(parsed(clusterType, '', 2)).toContain('LOGICAL_DNS clusters must have a single locality_lb_endpoint')
  })

  test("the settings of its message stand in the place of the cluster's, which are not looked at", () => {
    const clusterType = `{name: x, typed_config: {${DNS}, dns_refresh_rate: 7s, dns_jitter: 1s, respect_dns_ttl: true,
      dns_lookup_family: V6_ONLY, dns_failure_refresh_rate: {base_interval: 2s}}}`
    const ignored = ', dns_refresh_rate: 3s, dns_failure_refresh_rate: {base_interval: 5s, max_interval: 1s}'
    expect(parsed(clusterType, ignored)).toMatchObject({
      dns: {
        lookupFamily: 'V6_ONLY',
        refreshMs: 7000,
        jitterMs: 1000,
        respectTtl: true,
        failureRefresh: { baseMs: 2000, maxMs: 20_000 },
      },
    })
  })

  test('a resolver of its own', () => {
    const resolver = `{name: c, typed_config: {
      "@type": type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig,
      resolvers: [{socket_address: {address: 127.0.0.1, port_value: 53}}]}}`
    expect(parsed(`{name: x, typed_config: {${DNS}, typed_dns_resolver_config: ${resolver}}}`)).toMatchObject({
      dns: { resolver: { servers: ['127.0.0.1:53'] } },
    })
  })
})
