import { expect, test } from 'bun:test'
import { loadBootstrap } from '../config/load-bootstrap.ts'
import { validateSubscriptions } from './validate-subscriptions.ts'

const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const TEXT = `dynamic_resources:
  lds_config: {path_config_source: {path: /no/lds.yaml}}
  cds_config: {path_config_source: {path: /no/cds.yaml}}
static_resources:
  clusters:
  - name: a
    type: EDS
    eds_cluster_config: {eds_config: {path: /no/eds.yaml}}
  listeners:
  - name: l
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: h
        typed_config:
          "@type": ${HCM}
          stat_prefix: s
          rds: {route_config_name: r, config_source: {path_config_source: {path: /no/rds.yaml}}}
`

function problems(text: string, who: { readonly nodeId: string; readonly clusterName: string }): unknown[] {
  const loaded = loadBootstrap({ path: 'a.yaml', readFile: () => Buffer.from(text) })
  expect(loaded.errors).toEqual([])
  return validateSubscriptions(loaded.message, who, loaded.sourceMap).map(({ message, place }) => [
    place?.line,
    message,
  ])
}

test('files of subscriptions have to be there, but for those of listeners, which Envoy does not ask for here', () => {
  const missing = (path: string): string =>
    `paths must refer to an existing path in the system: '${path}' does not exist`
  expect(problems(TEXT, { nodeId: 'n', clusterName: 'c' })).toEqual([
    [3, missing('/no/cds.yaml')],
    [8, missing('/no/eds.yaml')],
    [18, missing('/no/rds.yaml')],
  ])
  const there = TEXT.replaceAll(/\/no\/\w+\.yaml/g, import.meta.path)
  expect(problems(there, { nodeId: 'n', clusterName: 'c' })).toEqual([])
})

test('somebody has to ask: a node with id and cluster', () => {
  const nobody = problems(TEXT, { nodeId: 'n', clusterName: '' })
  expect(nobody).toHaveLength(3)
  expect(String(nobody[0])).toContain("envoy.config.cluster.v3.Cluster: node 'id' and 'cluster' are required. Set it")
})
