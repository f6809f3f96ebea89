/* The settings of compressor and decompressor one at a time: old and new places, types by matchers, runtime, routes, both
 * directions of a decompressor. What is compressed is short and even, so that all libraries make the same bytes of it. */
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { routeTo } from '../support/configs.ts'
import type { RequestRow } from './support/filter-case.ts'
import { differentialFilters, filterEntry, perFilter } from './support/filter-case.ts'

const API = 'type.googleapis.com/envoy.extensions.compression'
const PER_ROUTE = 'compressor.v3.CompressorPerRoute'
const BODY = 'b'.repeat(300)

function library(kind: 'compressor' | 'decompressor', name: string, config: object = {}): object {
  const type = name.charAt(0).toUpperCase() + name.slice(1)
  return { [`${kind}_library`]: { name, typed_config: { '@type': `${API}.${name}.${kind}.v3.${type}`, ...config } } }
}

const compressor = (config: object, name = 'gzip', settings: object = {}): object =>
  filterEntry('compressor', 'compressor.v3.Compressor', { ...library('compressor', name, settings), ...config })
const decompressor = (config: object, name = 'gzip', settings: object = {}): object =>
  filterEntry('decompressor', 'decompressor.v3.Decompressor', { ...library('decompressor', name, settings), ...config })

const answer = (name: string, accept: string, ...orders: readonly string[]): RequestRow => [
  name,
  'GET /',
  [`accept-encoding: ${accept}`, `x-do: ${orders.join(';')}`],
]
const typed = (type: string, body = BODY, ...more: readonly string[]): RequestRow =>
  answer(`${type} of ${body.length} ${more.join()}`, 'gzip', `body=${body}`, `header=content-type: ${type}`, ...more)

const RESPONSES: readonly RequestRow[] = [
  typed('text/html'),
  typed('text/html', 'c'.repeat(29)),
  typed('text/html', 'c'.repeat(30)),
  typed('text/html', 'c'.repeat(31), 'chunked'),
  typed('text/html', 'c'.repeat(150)),
  typed('TEXT/PLAIN;charset=utf-8'),
  typed('application/json'),
  typed('application/problem+json'),
  typed('application/xhtml+xml'),
  typed('image/svg+xml'),
  typed('application/wasm'),
  typed('application/grpc'),
  typed('application/x-custom'),
  typed('text/css'),
  typed(' text/html '),
  answer(
    'partial',
    'gzip',
    'status=206',
    `body=${BODY}`,
    'header=content-type: text/html\r\ncontent-range: bytes 0-1/2',
  ),
  answer('not modified', 'gzip', 'status=304', 'header=content-type: text/html\r\netag: "a"'),
  answer('no content', 'gzip', 'status=204', 'header=content-type: text/html'),
  answer('an error', 'gzip', 'status=500', `body=${BODY}`, 'header=content-type: text/html'),
  answer('two transfer codings', 'gzip', `body=${BODY}`, 'header=content-type: text/html\r\nvary: Accept-Encoding'),
  answer('vary on all', 'gzip', `body=${BODY}`, 'header=content-type: text/html\r\nvary: *'),
  answer('private', 'gzip', `body=${BODY}`, 'header=content-type: text/html\r\ncache-control: private, no-transform'),
  answer('capitals', 'GZIP', `body=${BODY}`, 'header=content-type: text/html'),
  answer('x-gzip', 'x-gzip', `body=${BODY}`, 'header=content-type: text/html'),
  answer('quality of a thousandth', 'gzip;q=0.001', `body=${BODY}`, 'header=content-type: text/html'),
  answer('quality that is none', 'gzip;q=x', `body=${BODY}`, 'header=content-type: text/html'),
  answer('nothing but commas', ',,,', `body=${BODY}`, 'header=content-type: text/html'),
  answer('empty', '', `body=${BODY}`, 'header=content-type: text/html'),
]

const common = (fields: object): object => ({ response_direction_config: { common_config: fields } })
for (const [name, config] of Object.entries({
  'the old place': {
    content_length: 100,
    content_type: ['text/html', 'application/x-custom'],
    disable_on_etag_header: true,
    remove_accept_encoding_header: true,
  },
  'the old place, off': { runtime_enabled: { default_value: false, runtime_key: 'k' } },
  'old and new': { content_length: 100, content_type: ['text/html'], ...common({ min_content_length: 10 }) },
  'a list of types': common({ content_type: ['application/json', 'text/html'] }),
  'types by matchers': common({
    content_type_matcher: [
      { prefix: 'text/' },
      { suffix: '+json', ignore_case: true },
      { safe_regex: { regex: '.*svg.*' } },
    ],
  }),
  'types by list and by matchers': common({
    content_type: ['text/css'],
    content_type_matcher: [{ exact: 'application/json' }],
  }),
  'a least length': common({ min_content_length: 150 }),
  'no least length': common({ min_content_length: 0 }),
  'off by runtime': common({ enabled: { default_value: true, runtime_key: 'off' } }),
  'on by runtime': common({ enabled: { default_value: false, runtime_key: 'on' } }),
  'requests alone': {
    request_direction_config: { common_config: {} },
    response_direction_config: { common_config: { enabled: { default_value: false, runtime_key: 'k' } } },
  },
})) {
  differentialFilters(`compressor: settings, ${name}`, {
    filters: [compressor(config)],
    bootstrap: { layered_runtime: { layers: [{ name: 'static', static_layer: { on: true, off: false } }] } },
    requests: [
      ...RESPONSES,
      ['post', 'POST /', ['content-type: text/html'], BODY],
      ['post of an image', 'POST /', ['content-type: image/png'], BODY],
    ],
    stats: /compressor\./,
  })
}

for (const [name, settings] of Object.entries({
  gzip: {
    memory_level: 9,
    window_bits: 9,
    compression_level: 'BEST_SPEED',
    compression_strategy: 'HUFFMAN_ONLY',
    chunk_size: 65536,
  },
  brotli: {
    quality: 11,
    window_bits: 10,
    encoder_mode: 'TEXT',
    input_block_bits: 16,
    disable_literal_context_modeling: true,
  },
  zstd: { compression_level: 19, enable_checksum: true, strategy: 'BTULTRA2' },
})) {
  differentialFilters(`compressor: settings of ${name}`, {
    filters: [compressor({}, name, settings)],
    requests: ['gzip', 'br', 'zstd', '*'].map((accept) =>
      answer(accept, accept, `body=${BODY}`, 'header=content-type: text/html'),
    ),
    // Which bytes the libraries make of it is theirs.
    stats: /compressor\.(?!.*total_compressed_bytes)/,
  })
}

differentialFilters('compressor: routes', {
  filters: [compressor({})],
  routes: [
    { ...routeTo('app', '/off'), ...perFilter('compressor', PER_ROUTE, { disabled: true }) },
    {
      ...routeTo('app', '/remove'),
      ...perFilter('compressor', PER_ROUTE, {
        overrides: { response_direction_config: { remove_accept_encoding_header: true } },
      }),
    },
    {
      ...routeTo('app', '/keep'),
      ...perFilter('compressor', PER_ROUTE, {
        overrides: { response_direction_config: { remove_accept_encoding_header: false } },
      }),
    },
    { ...routeTo('app', '/nothing'), ...perFilter('compressor', PER_ROUTE, { overrides: {} }) },
    {
      ...routeTo('app', '/direction'),
      ...perFilter('compressor', PER_ROUTE, { overrides: { response_direction_config: {} } }),
    },
    routeTo('app'),
  ],
  requests: ['/off', '/remove', '/keep', '/nothing', '/direction', '/'].map((path): RequestRow => [
    path,
    `GET ${path}`,
    ['accept-encoding: gzip', `x-do: body=${BODY};header=content-type: text/html`],
  ]),
  stats: /compressor\./,
})

const WIRES = {
  gzip: gzipSync(BODY).toString('latin1'),
  brotli: brotliCompressSync(BODY).toString('latin1'),
  zstd: zstdCompressSync(BODY).toString('latin1'),
}
const CODINGS = { gzip: 'gzip', brotli: 'br', zstd: 'zstd' } as const

for (const [name, config] of Object.entries({
  'the defaults': {},
  'requests off': {
    request_direction_config: { common_config: { enabled: { default_value: false, runtime_key: 'k' } } },
  },
  'responses off': {
    response_direction_config: { common_config: { enabled: { default_value: false, runtime_key: 'k' } } },
  },
  'without advertisement': { request_direction_config: { advertise_accept_encoding: false } },
  'whatever is said of transformation': {
    request_direction_config: { common_config: { ignore_no_transform_header: true } },
    response_direction_config: { common_config: { ignore_no_transform_header: true } },
  },
})) {
  for (const kind of ['gzip', 'brotli', 'zstd'] as const) {
    const coding = CODINGS[kind]
    const wire = WIRES[kind]
    // A scripted response is written as it came, so bytes that end an order cannot be ordered.
    const ordered = wire.includes(';') || wire.includes('\r') || wire.includes('\n') || wire.includes('\0')
    differentialFilters(`decompressor: settings, ${kind}, ${name}`, {
      filters: [decompressor(config, kind)],
      requests: [
        ['post', 'POST /', [`content-encoding: ${coding}`], wire],
        ['post not to be transformed', 'POST /', [`content-encoding: ${coding}`, 'cache-control: no-transform'], wire],
        ['post in capitals', 'POST /', [`content-encoding: ${coding.toUpperCase()}`], wire],
        [
          'chunked',
          'POST /',
          [`content-encoding: ${coding}`, 'transfer-encoding: chunked'],
          `${wire.length.toString(16)}\r\n${wire}\r\n0\r\n\r\n`,
        ],
        ['empty', 'POST /', [`content-encoding: ${coding}`], ''],
        ['advertised', 'GET /', ['accept-encoding: identity']],
        ['advertised already', 'GET /', [`accept-encoding: deflate, ${coding}`]],
        ['nothing', 'GET /'],
        ...(ordered
          ? []
          : [
              answer('response', coding, `body=${wire}`, `header=content-encoding: ${coding}`),
              answer(
                'not to be',
                coding,
                `body=${wire}`,
                `header=content-encoding: ${coding}\r\ncache-control: no-transform`,
              ),
            ]),
        answer('response that is none', coding, 'body=none', `header=content-encoding: ${coding}`),
        answer('response of another coding', coding, 'body=none', 'header=content-encoding: deflate'),
      ],
      stats: /decompressor\./,
    })
  }
}
