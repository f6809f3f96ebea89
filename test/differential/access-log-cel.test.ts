/* Expressions in formats and filters of access logs. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const METADATA = { filter_metadata: { m: { k: 'v', n: 1 } } }

const EXPRESSIONS = [
  '1+1',
  '1.5',
  '"a"',
  'true',
  'null',
  'request.path',
  'request.url_path',
  'request.host',
  'request.method',
  'request.scheme',
  'request.query',
  'request.protocol',
  "request.headers['x-a']",
  "request.headers['x-empty']",
  "request.headers['nope']",
  "'nope' in request.headers",
  'request.useragent',
  'request.size',
  'request.total_size',
  'request.nope',
  'response.code',
  'response.code_details',
  'response.flags',
  'response.grpc_status',
  "response.headers['x-backend']",
  "response.trailers['x-t']",
  'response.size',
  'response.total_size > 100',
  'response.backend_latency > duration("0s")',
  'source.address.startsWith("127.0.0.1:")',
  'destination.port > 0',
  'connection.mtls',
  'connection.requested_server_name',
  'connection.termination_details',
  'upstream.address.startsWith("127.0.0.1")',
  'upstream.transport_failure_reason',
  'upstream.request_attempt_count',
  'xds.cluster_name',
  "xds.cluster_metadata.filter_metadata['m']['k']",
  "xds.route_metadata.filter_metadata['m']['n']",
  'xds.route_name',
  'xds.virtual_host_name',
  'xds.filter_chain_name',
  'metadata.filter_metadata',
  'xds.node.id',
  'xds.node.cluster',
  "xds.node.metadata['k']",
  'xds.listener_direction',
  '[1, 2]',
  'request.path.size()',
  'request.path.matches("^/p.*")',
  'request.time > timestamp("2020-01-01T00:00:00Z")',
  'request.duration >= duration("0s")',
  'response.code >= 400 ? "bad" : "good"',
  'size(request.path) > 3 && request.method == "GET"',
  'nope',
  'b"bytes"',
  '7u',
  '1/0',
  '-5',
  '1e100',
  '9007199254740993',
  'duration("90s")',
  'request',
  '[request]',
  '{"a": upstream}',
  'filter_state',
  'type(1)',
  '[type("a"), 1]',
  '{true: 1}',
  'xds.upstream_host_metadata',
  'request.headers == request.headers',
  'b"\\xff"',
]

/** Whose texts are Nuncio's own, see docs/differences.md. */
const MESSAGES = [
  'metadata',
  'xds.route_metadata',
  '[xds.cluster_metadata]',
  'upstream.locality',
  'xds.listener_metadata',
]

const isPlain = (text: string): boolean => !/[)]/.test(text)
// A parameter ends at the first parenthesis that the rest can follow.
const FORMATS = Object.fromEntries(
  EXPRESSIONS.flatMap((each) => [
    [`cel ${each}`, `%CEL(${each})%`],
    [`typed ${each}`, `%TYPED_CEL(${each})%`],
    [`text ${each}`, `<%CEL(${each})%> <%TYPED_CEL(${each})%>`],
    ...(isPlain(each)
      ? [
          [`short ${each}`, `%CEL(${each}):2%`],
          [`short typed ${each}`, `%TYPED_CEL(${each}):2%`],
        ]
      : []),
  ]).concat(MESSAGES.map((each) => [`typed ${each}`, `%TYPED_CEL(${each})%`])),
)

const filter = (expression: string, more: object = {}): object => ({
  filter: {
    extension_filter: {
      name: 'cel',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter',
        expression,
        ...more,
      },
    },
  },
})

const FILTERS: Readonly<Record<string, object>> = {
  errors: filter('response.code >= 400'),
  header: filter("request.headers['x-a'] == 'b'"),
  absent: filter("request.headers['x-nope'] == 'b'"),
  'not-a-condition': filter('response.code'),
  flags: filter("response.flags != 0 || request.path.startsWith('/p')"),
  node: filter("xds.node.id == 'the-node' && xds.listener_direction == 0"),
  concat: filter("request.method + request.path == 'GET/p'", { cel_config: { enable_string_concat: true } }),
}

async function traffic(side: Side): Promise<void> {
  await side.request('fine', 'front', 'GET /p?a=b', 'x-a: b', 'x-empty:', 'user-agent: me')
  await side.request('plain', 'front', 'GET /p')
  await side.request('body', 'front', 'POST /p', 'content-length: 0', 'x-do: status=404;chunked')
  await side.request('gRPC', 'front', 'POST /g', 'content-type: application/grpc', 'x-do: header=grpc-status:5')
  await side.request('refused connection', 'front', 'GET /dead', 'x-a: c')
  await side.request('direct', 'front', 'GET /direct')
  await side.send('no HTTP', 'front', 'NOPE\r\n\r\n', true)
  for (const [index, line] of (await side.logLines('all.log', 7)).entries())
    side.note(`record ${index}`, JSON.parse(line))
  for (const name of Object.keys(FILTERS)) side.noteFile(`${name}.log`)
}

differential('CEL in access logs', {
  backends: ['app'],
  bootstrap: (port) => ({
    node: { id: 'the-node', cluster: 'the-cluster', metadata: { k: 'v' } },
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            direct('/direct', 'hello'),
            routeTo('dead', '/dead'),
            { ...routeTo('app'), name: 'a-route', metadata: METADATA },
          ],
          extra: {
            delayed_close_timeout: '0.1s',
            access_log: [
              fileLog('all.log', { log_format: { json_format: FORMATS } }),
              ...Object.entries(FILTERS).map(([name, more]) =>
                fileLog(`${name}.log`, textFormat('%REQ(:PATH)% %RESPONSE_CODE%'), more),
              ),
            ],
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')], { metadata: METADATA }), staticCluster('dead', [1])],
    },
  }),
  traffic,
})
