import { describe, expect, test } from 'bun:test'
import type { StreamInfo } from '../../../../api/stream-info.ts'
import { createParseContext } from '../../../../config/parse-context.ts'
import { parseMessage } from '../../../../config/parse-message.ts'
import { trackingReader } from '../../../../config/reader/create-tracking-reader.ts'
import { ExtensionRegistry } from '../../../../registry/extension-registry.ts'
import { chooseRoute } from './cluster-choice.ts'
import type { TcpProxyConfig } from './config.ts'
import { extension } from './extension.ts'
import { DEFAULT_CONFIG } from './testing/session-harness.ts'

const INFO = { filterState: { get: () => undefined } } as unknown as StreamInfo
const TYPE = 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'

function read(yaml: string): { readonly config: TcpProxyConfig; readonly findings: readonly string[] } {
  const parsed = parseMessage(TYPE, `{stat_prefix: x, ${yaml}}`)
  if (!parsed.ok) throw new Error(parsed.errors.map((error) => error.message).join())
  const context = createParseContext(new ExtensionRegistry([]), {
    clusterNames: new Set(),
    accessLogFiles: { open: () => ({ error: 'no files here' }) },
  })
  const tracked = trackingReader(TYPE, parsed.value)
  const config = extension.parse(tracked.reader, context)
  return { config, findings: tracked.end().map((error) => `${error.path}: ${error.message}`) }
}

describe('a TCP proxy from configuration', () => {
  test('defaults', () => {
    const { config, findings } = read('cluster: unknown')
    expect(findings).toEqual([])
    const clusters = { kind: 'one', route: { clusterName: 'unknown', metadataMatch: undefined } } as const
    expect(config).toEqual({ ...DEFAULT_CONFIG, statPrefix: 'x', clusters })
  })

  test('everything', () => {
    const { config, findings } = read(`
      weighted_clusters: {clusters: [{name: a, weight: 1,
      metadata_match: {filter_metadata: {envoy.lb: {y: 3}}}}, {name: b, weight: 3}]}, idle_timeout: 0s,
      max_connect_attempts: 4, backoff_options: {base_interval: 0.1s}, max_downstream_connection_duration: 2s,
      max_downstream_connection_duration_jitter_percentage: {value: 10}, check_drain_close: true,
      access_log_options: {access_log_flush_interval: 1s, flush_access_log_on_start: true}, upstream_connect_mode: ON_DOWNSTREAM_DATA, max_early_data_bytes: 7,
      metadata_match: {filter_metadata: {envoy.lb: {x: 1, y: 2}}}, hash_policy: [{source_ip: {}}]`)
    expect(findings).toEqual([])
    expect(config).toMatchObject({
      idleTimeoutMs: 0,
      maxConnectAttempts: 4,
      backOff: { baseMs: 100, maxMs: 1000 },
      maxDurationMs: 2000,
      maxDurationJitterPercent: 10,
      checkDrainClose: true,
      connectMode: { when: 'ON_DOWNSTREAM_DATA', maxEarlyDataBytes: 7 },
      accessLog: { flushIntervalMs: 1000, flushOnConnected: false, flushOnStart: true },
    })
    const picks = [0, 0.24, 0.25, 0.99].map((float) =>
      chooseRoute(config.clusters, INFO, { float: () => float, u32: () => 0, uuid: () => '' }),
    )
    expect(picks.map(({ clusterName }) => clusterName)).toEqual(['a', 'a', 'b', 'b'])
    expect(picks[0]!.metadataMatch).toEqual({ x: 1, y: 3 })
    expect(picks[3]!.metadataMatch).toEqual({ x: 1, y: 2 })
  })

  test.each([
    [
      'access_log_options: {}, access_log_flush_interval: 1s',
      'Only one of access_log_flush_interval or access_log_options',
    ],
    ['backoff_options: {base_interval: 2s, max_interval: 1s}', 'max_backoff_interval must be greater or equal'],
    ['upstream_connect_mode: ON_DOWNSTREAM_DATA', 'max_early_data_bytes must be set'],
    ['tunneling_config: {hostname: "%NO%"}', 'Not supported field in StreamInfo: NO'],
    [
      `tunneling_config: {hostname: "%REQ_WITHOUT_QUERY(x)%", formatters: [{name: path, typed_config:
        {"@type": type.googleapis.com/envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery}}]}`,
      'Not supported field in StreamInfo: REQ_WITHOUT_QUERY',
    ],
    ['tunneling_config: {hostname: a, post_path: /}', "Can't set a post path when POST method isn't used"],
    ['tunneling_config: {hostname: a, headers_to_add: [{header: {key: ":path", value: a}}]}', 'may not be modified'],
    ['on_demand: {odcds_config: {ads: {}}, timeout: 5s}', 'OnDemand.odcds_config is not supported'],
    ['proxy_protocol_tlvs: [{type: 1}]', "one of 'value' or 'format_string' must be set"],
    [
      'proxy_protocol_tlvs: [{type: 1, value: YQ==, format_string: {text_format_source: {inline_string: a}}}]',
      "only one of 'value' or 'format_string' may be set",
    ],
  ])('%s', (yaml, message) => {
    expect(read(`cluster: a, ${yaml}`).findings.join('\n')).toContain(message)
  })
})
