import { describe, expect, test } from 'bun:test'
import { createParseContext } from '../../config/parse-context.ts'
import { parseMessage } from '../../config/parse-message.ts'
import { parseRoot } from '../../config/parse-root.ts'
import { ExtensionRegistry } from '../../registry/extension-registry.ts'
import { parseCluster } from '../cluster-config.ts'

const TYPE = 'envoy.config.cluster.v3.Cluster'
const TIMES = 'timeout: 1s, interval: 2s, healthy_threshold: 2, unhealthy_threshold: 3'

const context = createParseContext(new ExtensionRegistry([]), {
  clusterNames: undefined,
  accessLogFiles: { open: (path) => (path.startsWith('/no/') ? { error: `unable to open file '${path}'` } : nowhere) },
})
const nowhere = { write: () => undefined }

function parse(check: string) {
  const message = parseMessage(TYPE, `{name: a, health_checks: [${check}]}`)
  if (!message.ok) throw new Error(JSON.stringify(message.errors))
  return parseRoot(TYPE, message.value, {}, (reader) => parseCluster(reader, context))
}

const config = (check: string) => {
  const parsed = parse(check)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors))
  return parsed.value.healthChecks[0]
}

describe('health check configuration', () => {
  test("what is not said is Envoy's default", () => {
    expect(config(`{${TIMES}, http_health_check: {path: /x}}`)).toMatchObject({
      timeoutMs: 1000,
      healthyThreshold: 2,
      unhealthyThreshold: 3,
      intervals: {
        healthyMs: 2000,
        healthyEdgeMs: 2000,
        unhealthyMs: 2000,
        unhealthyEdgeMs: 2000,
        noTrafficMs: 60_000,
        noTrafficHealthyMs: 60_000,
      },
      reuseConnection: true,
      eventLogs: [],
      check: { kind: 'http', method: 'GET', responseBufferBytes: 1024, expectedStatuses: [{ start: 200, end: 201 }] },
    })
  })

  test('intervals fall back to one another', () => {
    const { intervals } = config(`{${TIMES}, unhealthy_interval: 5s, no_traffic_interval: 7s, tcp_health_check: {}}`)!
    expect(intervals).toMatchObject({ unhealthyEdgeMs: 5000, noTrafficHealthyMs: 7000, healthyEdgeMs: 2000 })
  })

  test.each([
    ['http_health_check: {path: /, send: {text: "00"}}', 'cannot specify a request payload'],
    ['http_health_check: {path: /, receive: [{text: abc}]}', "invalid hex string 'abc'"],
    ['http_health_check: {path: /, receive: [{text: aabb}], response_buffer_size: 1}', 'expected response length'],
    ['http_health_check: {path: /, expected_statuses: [{start: 300, end: 200}]}', 'expecting start < end'],
    ['http_health_check: {path: /, retriable_statuses: [{start: 10, end: 200}]}', 'expecting start >= 100'],
    ['http_health_check: {path: /, expected_statuses: [{start: 100, end: 700}]}', 'expecting end <= 600'],
    ['http_health_check: {path: /, codec_client_type: HTTP2}', 'a health check over HTTP2'],
    ['grpc_health_check: {}', 'a cluster must support HTTP/2 for gRPC healthchecking'],
    ['custom_health_check: {name: nope}', "Didn't find a registered implementation for 'nope'"],
    [
      'custom_health_check: {name: r, typed_config: {"@type": type.googleapis.com/envoy.extensions.health_checkers.redis.v3.Redis}}',
      'r (envoy.extensions.health_checkers.redis.v3.Redis) is not supported',
    ],
    [
      'tcp_health_check: {}, event_logger: [{name: x, typed_config: {"@type": type.googleapis.com/envoy.config.core.v3.Node}}]',
      "Didn't find a registered implementation for 'x' with type URL: 'envoy.config.core.v3.Node'",
    ],
    ['tcp_health_check: {}, event_service: {grpc_service: {envoy_grpc: {cluster_name: a}}}', 'event_service'],
    ['tcp_health_check: {}, event_log_path: /no/file', 'unable to open'],
    [`tcp_health_check: {}}, {${TIMES}, name: b, tcp_health_check: {}`, 'health check at index 0 is missing a name'],
    [
      `name: b, tcp_health_check: {}}, {${TIMES}, name: b, tcp_health_check: {}`,
      "duplicate health check name 'b' at index 1; all health check names must be unique within a cluster",
    ],
  ])('%s is refused', (check, message) => {
    const parsed = parse(`{${TIMES}, ${check}}`)
    expect(parsed.ok ? '' : parsed.errors.map((error) => `${error.path} ${error.message}`).join('\n')).toContain(
      message,
    )
  })

  test('criteria for transport sockets take the place of what endpoints say', () => {
    const check = `{${TIMES}, tcp_health_check: {}, transport_socket_match_criteria: {a: b}}`
    expect(config(check)?.socketLabels).toEqual({ filter_metadata: { 'envoy.transport_socket_match': { a: 'b' } } })
    expect(config(`{${TIMES}, tcp_health_check: {}}`)?.socketLabels).toBeUndefined()
  })
})
