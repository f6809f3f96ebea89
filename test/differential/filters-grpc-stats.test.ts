/* envoy.filters.http.grpc_stats against the real one. */
import { fileLog } from '../support/file-log.ts'
import { differentialFilters, filterEntry } from './support/filter-case.ts'

const MESSAGE = '\0\0\0\0\u0001a'
const GRPC = 'content-type: application/grpc'

for (const [name, config] of Object.entries({
  'all methods': { stats_for_all_methods: true, emit_filter_state: true, enable_upstream_stats: true },
  'a list': { individual_method_stats_allowlist: { services: [{ name: 'pkg.Svc', method_names: ['One', 'Two'] }] } },
  'a list, no dots, times': {
    individual_method_stats_allowlist: { services: [{ name: 'pkg.Svc', method_names: ['One'] }] },
    replace_dots_in_grpc_service_name: true,
    enable_upstream_stats: true,
    emit_filter_state: true,
  },
  'no methods, no dots': { replace_dots_in_grpc_service_name: true },
  'all methods, no dots': { stats_for_all_methods: true, replace_dots_in_grpc_service_name: true },
})) {
  differentialFilters(`grpc_stats: ${name}`, {
    filters: [filterEntry('grpc_stats', 'grpc_stats.v3.FilterConfig', config)],
    stats: /^cluster\.app\.grpc\./,
    log: '%FILTER_STATE(envoy.filters.http.grpc_stats)% %FILTER_STATE(envoy.filters.http.grpc_stats:PLAIN)%',
    requests: [
      ['ok', 'POST /pkg.Svc/One', [GRPC, 'x-do: header=grpc-status: 0'], MESSAGE],
      ['two messages', 'POST /pkg.Svc/Two?q', [GRPC, 'x-do: header=grpc-status: 5'], MESSAGE + MESSAGE],
      ['other method', 'POST /pkg.Svc/Three', [GRPC, 'x-do: header=grpc-status: 0'], MESSAGE],
      ['answered as gRPC', 'POST /pkg.Svc/One', [GRPC, 'x-do: header=content-type: application/grpc'], MESSAGE],
      [
        'answered as gRPC, not asked',
        'POST /pkg.Svc/One',
        [`x-do: header=content-type: application/grpc;body=${MESSAGE}`],
        MESSAGE,
      ],
      ['nothing but headers', 'POST /pkg.Svc/One', [GRPC, 'x-do: body=;header=grpc-status: 0'], MESSAGE],
      ['no status', 'POST /pkg.Svc/One', [GRPC], MESSAGE],
      ['no method', 'POST /pkg.Svc', [GRPC, 'x-do: header=grpc-status: 0'], MESSAGE],
      ['too deep', 'POST /a/b/c', [GRPC, 'x-do: header=grpc-status: 0'], MESSAGE],
      ['not gRPC', 'POST /pkg.Svc/One', ['x-do: header=grpc-status: 0'], MESSAGE],
      ['gRPC-Web', 'POST /pkg.Svc/One', ['content-type: application/grpc-web', 'x-do: header=grpc-status: 0'], MESSAGE],
      ['local reply', 'POST /pkg.Svc/One', [GRPC, 'x-do: reset'], MESSAGE],
    ],
  })
}

const STATE = 'envoy.filters.http.grpc_stats'
const AS_JSON = {
  log_format: {
    json_format: Object.fromEntries(
      ['', ':TYPED', ':PLAIN', ':FIELD:request_message_count', ':FIELD:requestMessageCount'].flatMap((kind) => [
        [`value${kind}`, `%FILTER_STATE(${STATE}${kind})%`],
        [`text${kind}`, `<%FILTER_STATE(${STATE}${kind})%>`],
      ]),
    ),
  },
}

differentialFilters('grpc_stats: what it tells JSON formats', {
  filters: [filterEntry('grpc_stats', 'grpc_stats.v3.FilterConfig', { emit_filter_state: true })],
  manager: { access_log: [fileLog('json.log', AS_JSON)] },
  requests: [['ok', 'POST /a/b', [GRPC, 'x-do: header=grpc-status: 0'], MESSAGE]],
  afterwards: (side) => side.noteLog('json.log', 1),
})

const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex')
const frame = (flag: number, text: string): string =>
  `${String.fromCharCode(flag)}\0\0\0${String.fromCharCode(text.length)}${text}`
const VERSION = 'connect-protocol-version: 1'
const STREAM = 'content-type: application/connect+proto'
const ENDS = [
  '{}',
  '{"metadata":{}}',
  '{"error":{"code":"not_found"}}',
  '{"error":null}',
  'null',
  '[]',
  '',
  '{x',
  "{'a':1,}",
  '"\xff"',
]

differentialFilters('grpc_stats: the Connect protocol', {
  filters: [
    filterEntry('grpc_stats', 'grpc_stats.v3.FilterConfig', {
      stats_for_all_methods: true,
      emit_filter_state: true,
      enable_upstream_stats: true,
    }),
  ],
  manager: { http_protocol_options: { enable_trailers: true } },
  stats: /^cluster\.app\.grpc\./,
  log: '%REQ(:PATH)% %FILTER_STATE(envoy.filters.http.grpc_stats)% %FILTER_STATE(envoy.filters.http.grpc_stats:PLAIN)%',
  requests: [
    ['unary', 'POST /u.A/M', [VERSION], 'abc'],
    ['unary, no bodies', 'POST /u.B/M', [VERSION, 'x-do: status=304'], ''],
    ['unary, failed', 'POST /u.C/M', [VERSION, 'x-do: status=404'], 'abc'],
    ['unary, reset', 'POST /u.D/M', [VERSION, 'x-do: reset'], 'abc'],
    ['unary, GET', 'GET /u.E/M?connect=v1', [VERSION]],
    ['unary, no version', 'GET /u.F/M?connect=v1&encoding=json&message='],
    ['unary, chunks', 'POST /u.G/M', [VERSION, 'transfer-encoding: chunked'], '1\r\na\r\n1\r\nb\r\n0\r\n\r\n'],
    ['unary, trailers', 'POST /u.H/M', [VERSION, 'transfer-encoding: chunked'], '1\r\na\r\n0\r\nx: y\r\n\r\n'],
    ['unary and gRPC', 'POST /u.I/M', [VERSION, GRPC, 'x-do: header=grpc-status: 0'], MESSAGE + MESSAGE],
    ['unary and stream', 'POST /u.J/M', [VERSION, STREAM, `x-do: bytes=${hex(frame(2, '{}'))}`], MESSAGE],
    ['stream of both', 'POST /s.A/M', [STREAM, `x-do: bytes=${hex(MESSAGE + frame(2, '{}') + MESSAGE)}`], MESSAGE],
    ['stream without an end', 'POST /s.B/M', [STREAM, `x-do: bytes=${hex(MESSAGE)}`], MESSAGE],
    ['stream with half an end', 'POST /s.C/M', [STREAM, `x-do: bytes=${hex(frame(2, '{}').slice(0, -1))}`], MESSAGE],
    ['stream without a body', 'POST /s.D/M', [STREAM, 'x-do: status=304'], MESSAGE],
    ['stream to nobody', 'POST /s.E/M', [STREAM, 'x-do: reset'], MESSAGE],
    ['stream with a status', 'POST /s.F/M', [STREAM, 'x-do: header=grpc-status: 5;body=abc'], MESSAGE],
    ['stream as such', 'POST /s.G/M', [STREAM, `x-do: header=${STREAM};fields=grpc-status: 5;body=abc`], MESSAGE],
    ...ENDS.map((end, i) => [`end ${end}`, `POST /e.${i}/M`, [STREAM, `x-do: bytes=${hex(frame(2, end))}`]] as const),
    ...[0, 1, 2, 3, 4, 7, 64, 128, 130].flatMap((flag) => {
      const bytes = `bytes=${hex(frame(flag, '{}') + MESSAGE)}`
      return [
        [`stream, flag ${flag}`, `POST /f.${flag}/M`, [STREAM, `x-do: ${bytes}`], frame(flag, 'a') + MESSAGE] as const,
        [`gRPC, flag ${flag}`, `POST /g.${flag}/M`, [GRPC, `x-do: header=${GRPC};${bytes}`], frame(flag, 'a')] as const,
      ]
    }),
    ...['/p//M', '/p/M/', '//p/M', 'p/M', '/p/M//', '/p/', '//M', '//', '/p/M/N', '/p?/M'].map(
      (path) => [`path ${path}`, `POST ${path}`, [GRPC, 'x-do: header=grpc-status: 0'], MESSAGE] as const,
    ),
  ],
})
