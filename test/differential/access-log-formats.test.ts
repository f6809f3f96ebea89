/* Formats as configurations write them: text from everywhere, JSON of every shape, empty values, bytes that are no text. */
import { writeFileSync } from 'node:fs'
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const json = (format: object, more: object = {}): object => ({ log_format: { json_format: format, ...more } })
const text = (format: string, more: object = {}): object => ({
  log_format: { text_format_source: { inline_string: format }, ...more },
})
const extension = (name: string, type: string, more: object = {}): object => ({
  name,
  typed_config: { '@type': `type.googleapis.com/envoy.extensions.formatter.${type}`, ...more },
})

const VALUES = {
  code: '%RESPONSE_CODE%',
  path: '%REQ(:PATH)%',
  header: '%REQ(x-a)%',
  bytes: '%REQ(x-bytes)%',
  none: '%REQ(x-none)%',
  empty: '%REQ(x-empty)%',
  mixed: '%REQ(x-none)%/%RESPONSE_CODE%',
  'mixed with bytes': '<%REQ(x-bytes)%>',
  'bytes beside text': '\u00e9%REQ(x-a)%%REQ(x-bytes)%%REQ(x-a)%%REQ(x-bytes):1%',
}

const SHAPES = {
  ...VALUES,
  number: 12.5,
  whole: 3,
  big: 1e21,
  small: 1e-7,
  negative: -0.5,
  smallest: 5e-324,
  yes: true,
  nothing: null,
  text: 'plain "quoted" \\ / \u00e9 \u2028 \t \u0001 \u007f 100%%',
  '': 'an empty key',
  'key "quoted" %RESPONSE_CODE%': 1,
  list: ['%RESPONSE_CODE%', '%REQ(x-none)%', 'x', null, 1, [], {}, { inner: '%REQ(x-none)%' }],
  nested: { deep: { ...VALUES }, none: { none: '%REQ(x-none)%' }, list: ['%REQ(x-none)%'] },
  B: 1,
  a: 1,
  _: 1,
  '\u00e9': 1,
}

const LOGS: Readonly<Record<string, object>> = {
  default: {},
  'default-of-log-format': { log_format: { text_format_source: { inline_string: '' } } },
  text: text('%REQ(:PATH)% 100%% %REQ(x-none)% [%REQ(x-empty)%] %REQ(x-bytes)% \u00e9\n'),
  'text-omits': text('%REQ(:PATH)% %REQ(x-none)%|%RESPONSE_FLAGS%|%UPSTREAM_HOST_NAME_WITHOUT_PORT%\n', {
    omit_empty_values: true,
  }),
  'text-cut': text('%REQ(:PATH):3% %REQ(x-bytes):1% %REQ(x-none):2% %REQ(X-A?:PATH):2%\n'),
  'text-of-environment': { log_format: { text_format_source: { environment_variable: 'HOME' } } },
  'text-of-file': { log_format: { text_format_source: { filename: '{folder}/format' } } },
  'text-of-bytes': {
    log_format: { text_format_source: { inline_bytes: Buffer.from('bytes %RESPONSE_CODE%\n').toString('base64') } },
  },
  'old-text': { format: 'old %REQ(:PATH)% %REQ(x-none)%\n' },
  'old-text-format': { log_format: { text_format: 'older %REQ(:PATH)% %REQ(x-none)%\n' } },
  'old-json': { json_format: VALUES },
  'old-typed-json': { typed_json_format: SHAPES },
  json: json(SHAPES),
  'json-sorted': json(SHAPES, { json_format_options: { sort_properties: true } }),
  'json-unsorted': json(SHAPES, { json_format_options: { sort_properties: false } }),
  'json-omits': json(SHAPES, { omit_empty_values: true }),
  'json-empty': json({}),
  'json-all-omitted': json({ a: '%REQ(x-none)%', b: { c: '%REQ(x-none)%' } }, { omit_empty_values: true }),
  'json-content-type': json({ a: 1 }, { content_type: 'application/x' }),
  formatters: text('%REQ_WITHOUT_QUERY(:PATH)% %METADATA(CLUSTER:m:k)% %CEL("a" + request.method)%\n', {
    formatters: [
      extension('a', 'req_without_query.v3.ReqWithoutQuery'),
      extension('b', 'metadata.v3.Metadata'),
      extension('c', 'cel.v3.Cel', { cel_config: { enable_string_concat: true } }),
    ],
  }),
  'json-formatters': json(
    { path: '%REQ_WITHOUT_QUERY(:PATH)%', cel: '%TYPED_CEL(response.code + 1)%' },
    { formatters: [extension('a', 'req_without_query.v3.ReqWithoutQuery')] },
  ),
  times: text(
    '%START_TIME(%Y)% %START_TIME(%%)% %START_TIME(at %%Y)% %EMIT_TIME(%Y)% %START_TIME_LOCAL(%Y)% %START_TIME(%E4Y%Ez)%\n',
  ),
}

async function traffic(side: Side): Promise<void> {
  const bytes = Buffer.from([0xe9, 0x80, 0x41, 0xff]).toString('latin1')
  await side.request('bytes', 'front', 'GET /a/b?c=d', 'x-a: say "hi" \\', 'x-empty:', `x-bytes: ${bytes}`)
  await side.request('text', 'front', 'GET /direct', 'x-bytes: \u00c3\u00a9')
  // Milliseconds: of the request, and of the upstream's service.
  await side.noteLog('default.log', 2, (line) => line.replace(/\d+ (\d+|-) "-"/, '<ms> <ms> "-"'))
  for (const name of Object.keys(LOGS)) if (name !== 'default') side.noteFile(`${name}.log`)
  await side.noteAdmin('/ready')
  await side.noteLog('admin.log', 1)
}

differential('formats of access logs', {
  backends: ['app'],
  prepare: (folder) => writeFileSync(`${folder}/format`, 'from a file %RESPONSE_CODE% %REQ(x-none)%\n'),
  bootstrap: (port) => ({
    admin: {
      address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
      access_log: [
        fileLog('admin.log', text('%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %PROTOCOL% %RESPONSE_CODE_DETAILS%\n'), {
          filter: { header_filter: { header: { name: ':path', string_match: { exact: '/ready' } } } },
        }),
      ],
    },
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [direct('/direct', 'hello'), routeTo('app')],
          extra: { access_log: Object.entries(LOGS).map(([name, format]) => fileLog(`${name}.log`, format)) },
        }),
      ],
      clusters: [staticCluster('app', [port('app')], { metadata: { filter_metadata: { m: { k: 'v' } } } })],
    },
  }),
  traffic,
})
