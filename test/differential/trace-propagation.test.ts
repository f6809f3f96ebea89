/* What requests say of the trace that they are part of, who decides about it, and what is sent where. */
import { httpListener, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { RequestRow } from './support/filter-case.ts'
import { exchange } from './support/filter-case.ts'
import { COLLECTOR, noteSpans, openTelemetry, REPORTED_OFTEN, SpanIds, zipkin } from './support/spans.ts'

const A = '000000000000000a'
const B = '000000000000000b'
const C = '000000000000000c'
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

function requests(rows: Readonly<Record<string, readonly string[]>>): RequestRow[] {
  return Object.entries(rows).map(([name, headers]) => [name, `GET /${name}`, headers])
}

const ids = (trace: string, span: string, ...more: readonly string[]): string[] => [
  `x-b3-traceid: ${trace}`,
  `x-b3-spanid: ${span}`,
  ...more,
]
const CLIENT = 'x-client-trace-id: mine'

const B3 = requests({
  nothing: [],
  client: [CLIENT],
  'sampled-1': ['x-b3-sampled: 1'],
  'sampled-true': ['x-b3-sampled: true'],
  'sampled-0': ['x-b3-sampled: 0', CLIENT],
  'sampled-d': ['x-b3-sampled: d'],
  'sampled-x': ['x-b3-sampled: x'],
  flags: ['x-b3-flags: 1'],
  ids: ids(A, B),
  'ids-client': ids(A, B, CLIENT),
  'ids-sampled': ids(A, B, 'x-b3-sampled: 1', `x-b3-parentspanid: ${C}`),
  'ids-not': ids(A, B, 'x-b3-sampled: 0', CLIENT),
  long: ids(A + B, B, 'x-b3-sampled: 1'),
  short: ids('a', 'b', 'x-b3-sampled: 1'),
  upper: ids('00000000000000AB', '00000000000000AC', 'x-b3-sampled: 1'),
  'bad-trace': ids('zz', B, 'x-b3-sampled: 1'),
  'bad-span': ids(A, 'zz', 'x-b3-sampled: 1'),
  'bad-parent': ids(A, B, 'x-b3-sampled: 1', 'x-b3-parentspanid: zz'),
  'zeros-before': ids(`0${A}`, `00${B}`, 'x-b3-sampled: 1'),
  'too-large': ids(`1${A}`, B, 'x-b3-sampled: 1'),
  'zero-trace': ids('0000000000000000', B, 'x-b3-sampled: 1'),
  'zero-parent': ids(A, B, 'x-b3-sampled: 1', 'x-b3-parentspanid: 0000000000000000'),
  'empty-parent': ids(A, B, 'x-b3-sampled: 1', 'x-b3-parentspanid:'),
  'half-long': ids(`0000000000000000${A}`, B, 'x-b3-sampled: 1'),
  'no-span': [`x-b3-traceid: ${A}`, 'x-b3-sampled: 1'],
  'no-trace': [`x-b3-spanid: ${A}`, 'x-b3-sampled: 1'],
  'one-sampled': [`b3: ${A}-${B}-1`],
  'one-not': [`b3: ${A}-${B}-0`, CLIENT],
  'one-debug': [`b3: ${A}-${B}-d`],
  'one-parent': [`b3: ${A}-${B}-1-${C}`],
  'one-long': [`b3: ${A}${B}-${B}-1-${C}`],
  'one-open': [`b3: ${A}-${B}`],
  'one-open-client': [`b3: ${A}-${B}`, CLIENT],
  'one-only-1': ['b3: 1'],
  'one-only-0': ['b3: 0', CLIENT],
  'one-only-d': ['b3: d'],
  'one-bad': ['b3: xyz', CLIENT],
  'one-bad-span': [`b3: ${A}-zz-1`, CLIENT],
  'one-bad-flag': [`b3: ${A}-${B}-x`, CLIENT],
  'one-too-long': [`b3: ${A}-${B}-1-${C}0`, CLIENT],
  both: [`b3: ${A}-${B}-1`, ...ids(C, C, 'x-b3-sampled: 0')],
  w3c: [`traceparent: 00-${TRACE}-${SPAN}-01`],
  'w3c-client': [`traceparent: 00-${TRACE}-${SPAN}-01`, CLIENT, 'tracestate: a=b'],
  'w3c-not': [`traceparent: 00-${TRACE}-${SPAN}-00`, CLIENT],
  'w3c-bad': ['traceparent: zz', CLIENT],
  'w3c-and-b3': [`traceparent: 00-${TRACE}-${SPAN}-01`, ...ids(A, B, 'x-b3-sampled: 1')],
  'w3c-and-one-sampled': [`traceparent: 00-${TRACE}-${SPAN}-01`, 'b3: 1'],
  'w3c-and-one-not': [`traceparent: 00-${TRACE}-${SPAN}-01`, 'b3: 0'],
  'w3c-and-sampled': [`traceparent: 00-${TRACE}-${SPAN}-00`, 'x-b3-sampled: 1'],
})

const parent = (trace: string, span: string, flags: string, version = '00'): string =>
  `traceparent: ${version}-${trace}-${span}-${flags}`

const W3C = requests({
  nothing: [],
  client: [CLIENT],
  sampled: [parent(TRACE, SPAN, '01')],
  'sampled-client': [parent(TRACE, SPAN, '01'), CLIENT],
  not: [parent(TRACE, SPAN, '00'), CLIENT],
  'flag-2': [parent(TRACE, SPAN, '02'), CLIENT],
  'flags-ff': [parent(TRACE, SPAN, 'ff', '01'), CLIENT],
  'version-ff': [parent(TRACE, SPAN, '01', 'ff'), CLIENT],
  upper: [parent(TRACE.toUpperCase(), SPAN, '01'), CLIENT],
  'zero-trace': [parent('0'.repeat(32), SPAN, '01'), CLIENT],
  'zero-span': [parent(TRACE, '0'.repeat(16), '01'), CLIENT],
  'too-long': [`${parent(TRACE, SPAN, '01')}-x`, CLIENT],
  'bad-version': [parent(TRACE, SPAN, '01', 'xx'), CLIENT],
  empty: ['traceparent:', CLIENT],
  two: [parent(TRACE, SPAN, '01'), parent(TRACE, SPAN, '00'), CLIENT],
  state: ['tracestate: a=b', CLIENT],
  states: [parent(TRACE, SPAN, '01'), 'tracestate: a=b', 'tracestate: c=d', CLIENT],
  'empty-state': [parent(TRACE, SPAN, '01'), 'tracestate:', CLIENT],
})

function propagated(name: string, tracing: object, rows: readonly RequestRow[], bootstrap: object = {}): void {
  differential(name, {
    backends: ['app', COLLECTOR],
    bootstrap: (port) => ({
      ...REPORTED_OFTEN,
      ...bootstrap,
      static_resources: {
        listeners: [
          httpListener('front', {
            extra: { tracing, access_log: [fileLog('access.log', textFormat('%REQ(:PATH)% %TRACE_ID% %SPAN_ID%'))] },
          }),
        ],
        clusters: [staticCluster('app', [port('app')]), staticCluster(COLLECTOR, [port(COLLECTOR)])],
      },
    }),
    traffic: async (side) => {
      for (const row of rows) await exchange(side, row)
      await noteSpans(side)
      const labels = new SpanIds()
      await side.noteLog('access.log', rows.length, (line) => labels.masked(line))
    },
    stats: /\.tracing\.|^tracing\./,
    volatile: /timer_flushed|reports_/,
  })
}

const RARELY = { random_sampling: { value: 0 } }

propagated('zipkin', { ...zipkin(), ...RARELY }, B3)
propagated('zipkin with spans of attempts', { ...zipkin(), spawn_upstream_span: true, ...RARELY }, B3)
propagated(
  'zipkin with spans of its own and W3C',
  { ...zipkin({ shared_span_context: false, trace_context_option: 'USE_B3_WITH_W3C_PROPAGATION' }), ...RARELY },
  B3,
)
propagated('zipkin with long ids', { ...zipkin({ trace_id_128bit: true, shared_span_context: false }) }, B3)
propagated('opentelemetry', { ...openTelemetry(), ...RARELY }, W3C)
propagated('opentelemetry of everything', { ...openTelemetry(), spawn_upstream_span: true }, W3C)

const SAMPLERS = 'type.googleapis.com/envoy.extensions.tracers.opentelemetry.samplers.v3.'
const sampler = (type: string, config: object = {}): object => ({
  sampler: { name: 'sampler', typed_config: { '@type': `${SAMPLERS}${type}Config`, ...config } },
})
const ratio = (numerator: number): object => sampler('TraceIdRatioBasedSampler', { sampling_percentage: { numerator } })
const { sampler: always } = sampler('AlwaysOnSampler') as { sampler: object }

for (const [name, config] of Object.entries({
  always_on: sampler('AlwaysOnSampler'),
  'parent_based of always_on': sampler('ParentBasedSampler', { wrapped_sampler: always }),
  'trace_id_ratio_based of nothing': ratio(0),
  'trace_id_ratio_based of everything': ratio(100),
})) {
  propagated(`sampler ${name}`, { ...openTelemetry(config), spawn_upstream_span: true, ...RARELY }, W3C)
}

const OF_A_HALF = Array.from({ length: 16 }, (_each, i) => {
  const trace = `${TRACE.slice(0, i)}${((i * 7) % 15) + 1 > 9 ? 'f' : (i % 9) + 1}${TRACE.slice(i + 1)}`
  return [`trace-${i}`, `GET /${i}`, [parent(trace, SPAN, i % 2 === 0 ? '01' : '00')]] as const
})
propagated('sampler trace_id_ratio_based of a half', { ...openTelemetry(ratio(50)) }, OF_A_HALF)

const DETECTORS = 'type.googleapis.com/envoy.extensions.tracers.opentelemetry.resource_detectors.v3.'
const fixed = (attributes: object): object => ({
  name: 'fixed',
  typed_config: { '@type': `${DETECTORS}StaticConfigResourceDetectorConfig`, attributes },
})
const environment = { name: 'environment', typed_config: { '@type': `${DETECTORS}EnvironmentResourceDetectorConfig` } }
const service = (uri: string, ...headers: readonly [key: string, value: string][]): object => ({
  http_uri: { uri, cluster: COLLECTOR, timeout: '0.5s' },
  request_headers_to_add: headers.map(([key, value]) => ({ header: { key, value } })),
})
const HEADERS = [
  ['X-A', 'one'],
  ['x-a', 'two'],
  ['content-type', 'application/mine'],
  ['user-agent', '%PROTOCOL%'],
  ['x-empty', ''],
] as const
const headers = HEADERS.map(([key, value]): [string, string] => [key, value])

for (const [name, provider] of Object.entries({
  detectors: openTelemetry({ resource_detectors: [fixed({ 'service.name': 'other', é: 'ü', none: '' }), environment] }),
  'nothing of itself': openTelemetry({
    set_telemetry_sdk_resource_attributes: false,
    set_service_name_resource_attribute: false,
    set_instrumentation_scope: false,
  }),
  'no name': openTelemetry({ service_name: '' }),
  headers: openTelemetry({ http_service: service('http://otel.test:4318/v1/traces?x=1', ...headers) }),
  'a path': openTelemetry({ http_service: service('/v1/traces') }),
  'no scheme': openTelemetry({ http_service: service('otel.test/v1/traces') }),
  'zipkin service': zipkin({ collector_service: service('https://zipkin.test:9/api?q', ...headers) }),
  'zipkin path': zipkin({ collector_service: service('/api') }),
  'zipkin host': zipkin({ collector_hostname: 'zipkin.test:1' }),
})) {
  propagated(`where it is sent and who says so: ${name}`, provider, [['plain', 'GET /']])
}

propagated('the provider of the bootstrap', {}, [['plain', 'GET /']], {
  tracing: { http: (zipkin() as { provider: object }).provider },
})
