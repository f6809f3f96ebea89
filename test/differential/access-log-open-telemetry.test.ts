/* Records for an OpenTelemetry collector: what it gets, and how its answers count. */
import { direct, httpListener, staticCluster } from '../support/configs.ts'
import { anyValue, keyValue, protoBytes, protoFields } from '../support/proto-fields.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const LOGGER = 'type.googleapis.com/envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig'
const text = (string_value: string): object => ({ string_value })
const entry = (key: string, value: object): object => ({ key, value })

const service = (cluster: string, path: string, more: object = {}): object => ({
  http_uri: { uri: `http://collector.test:4318${path}`, cluster, timeout: '1s' },
  ...more,
})

const logger = (config: object): object => ({
  name: 'otel',
  typed_config: { '@type': LOGGER, buffer_flush_interval: '0.3s', ...config },
})

const METADATA_KEY = { key: 'a', path: [{ key: 'b' }] }

/** Its spans go nowhere. */
const TRACING = {
  provider: {
    name: 'envoy.tracers.zipkin',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.config.trace.v3.ZipkinConfig',
      collector_cluster: 'dead',
      collector_endpoint: '/spans',
      collector_endpoint_version: 'HTTP_JSON',
    },
  },
}

const FORMATS = {
  log_name: 'the log',
  stat_prefix: 'all',
  body: text('%REQ(:path)% %REQ(none)% %REQ(x-bytes)%'),
  attributes: {
    values: [
      entry('code', text('%RESPONSE_CODE%')),
      entry('none', text('%REQ(none)%')),
      entry('a list', { array_value: { values: [text('%PROTOCOL%'), { array_value: {} }, { kvlist_value: {} }] } }),
      entry('keys', { kvlist_value: { values: [entry('k', text('%ROUTE_NAME%')), entry('', text('é'))] } }),
      entry('empty', text('')),
    ],
  },
  resource_attributes: {
    values: [
      entry('text', text('%PROTOCOL% é')),
      entry('bool', { bool_value: true }),
      entry('int', { int_value: '-5' }),
      entry('double', { double_value: 1.5 }),
      entry('bytes', { bytes_value: 'YWJj' }),
      entry('list', { array_value: { values: [text('x'), { int_value: 1 }, {}] } }),
      entry('keys', { kvlist_value: { values: [entry('k', text('v'))] } }),
      entry('nothing', {}),
      { key: 'alone' },
      entry('node_name', text('mine')),
      entry('int', { int_value: 6 }),
    ],
  },
  resource_detectors: [
    {
      name: 'envoy.tracers.opentelemetry.resource_detectors.static_config',
      typed_config: {
        '@type':
          'type.googleapis.com/envoy.extensions.tracers.opentelemetry.resource_detectors.v3.StaticConfigResourceDetectorConfig',
        attributes: { text: 'detected', node_name: 'detected', zone_name: 'detected' },
      },
    },
  ],
  custom_tags: [
    { tag: 'literal', literal: { value: '5' }, value_type: 'INT' },
    { tag: 'code', literal: { value: 'twice' } },
    { tag: 'state', literal: { value: 'twice' } },
    { tag: 'same', literal: { value: 'one' } },
    { tag: 'same', literal: { value: 'other' } },
    { tag: 'header', request_header: { name: 'x-bytes', default_value: 'none' } },
    { tag: 'no header', request_header: { name: 'none' } },
    { tag: 'format', value: '%REQ(:path)%' },
    { tag: 'metadata', metadata: { kind: { request: {} }, metadata_key: METADATA_KEY, default_value: 'default' } },
  ],
  filter_state_objects_to_log: ['state', 'none'],
}

const HEADERS = [
  { header: { key: 'x-host', value: '<%PROTOCOL%>' } },
  { header: { key: 'User-Agent', value: 'mine' }, append_action: 'ADD_IF_ABSENT' },
  { header: { key: 'x-two', value: 'a' } },
  { header: { key: 'x-two', value: 'b' }, append_action: 'APPEND_IF_EXISTS_OR_ADD' },
  { header: { key: 'x-empty', value: '' } },
]

const STATE = {
  name: 'state',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.filters.http.set_filter_state.v3.Config',
    on_request_headers: [
      {
        object_key: 'state',
        factory_key: 'envoy.string',
        format_string: { text_format_source: { inline_string: 'of "%REQ(:path)%"' } },
      },
    ],
  },
}
const ROUTER = {
  name: 'router',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
}

/** Some have an order that differs from run to run in Envoy. */
function sorted(entries: readonly (readonly [string, unknown])[]): readonly unknown[] {
  return entries.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
}

/** A report as plain data, without its times. */
function plain(body: string) {
  const [resourceLogs = new Uint8Array()] = protoBytes(Buffer.from(body, 'latin1'), 1)
  const [resource = new Uint8Array()] = protoBytes(resourceLogs, 1)
  const [scope = new Uint8Array()] = protoBytes(resourceLogs, 2)
  return {
    resource: sorted(protoBytes(resource, 1).map(keyValue)),
    records: protoBytes(scope, 2).map((record) => ({
      fields: [...new Set(protoFields(record).map(([field]) => field))],
      body: protoBytes(record, 5).map(anyValue),
      attributes: sorted(protoBytes(record, 6).map(keyValue)),
      ids: [9, 10].map((field) =>
        protoBytes(record, field).map((id) =>
          Buffer.from(id)
            .toString('hex')
            .replace(/.{16}$/, '#'),
        ),
      ),
    })),
  }
}

async function traffic(side: Side): Promise<void> {
  const bytes = Buffer.from([0xc3, 0xa9]).toString('latin1')
  await side.request('first', 'front', 'GET /first', `x-bytes: ${bytes}`)
  await side.request('second', 'front', 'GET /second')
  const limit = performance.now() + 5000
  const settled = async (): Promise<boolean> => {
    const stats = await side.stats()
    const count = (name: string): number => Number(stats[`access_logs.open_telemetry_access_log.${name}`] ?? 0)
    return count('all.logs_written') >= 2 && count('refused.logs_dropped') >= 2 && count('logs_dropped') >= 2
  }
  while (!(await settled()) && performance.now() < limit) await Bun.sleep(50)
  // One, or one for each record, as their times fall.
  const reports = side.seenBy('collector').filter(({ line }) => line.includes('/all'))
  side.note('head', { ...reports[0], body: '' })
  const bodies = reports.map(({ body }) => plain(body))
  side.note('resource', bodies[0]?.resource)
  side.note(
    'records',
    bodies.flatMap(({ records }) => records),
  )
  side.note('reports', [...new Set(side.seenBy('collector').map(({ line }) => line))].sort())
}

differential('records for an OpenTelemetry collector', {
  backends: ['collector'],
  bootstrap: (port) => ({
    node: { id: 'the node', cluster: 'the cluster', locality: { zone: 'the zone' } },
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [{ ...direct('/', 'hello'), name: 'the route' }],
          extra: {
            http_filters: [STATE, ROUTER],
            tracing: TRACING,
            access_log: [
              logger({
                ...FORMATS,
                http_service: service('collector', '/all?x=1', { request_headers_to_add: HEADERS }),
              }),
              logger({
                http_service: service('collector', '', {
                  request_headers_to_add: [{ header: { key: 'x-do', value: 'status=503' } }],
                }),
                disable_builtin_labels: true,
                stat_prefix: 'refused',
              }),
              logger({ http_service: service('dead', '/dead') }),
              logger({ http_service: service('nope', '/nope'), stat_prefix: 'nowhere' }),
              logger({ http_service: service('collector', '/soon'), buffer_size_bytes: 1, stat_prefix: 'soon' }),
            ],
          },
        }),
      ],
      clusters: [staticCluster('collector', [port('collector')]), staticCluster('dead', [1])],
    },
  }),
  stats: /^access_logs\./,
  traffic,
})
