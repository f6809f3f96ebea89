/* compressor and decompressor: what is compressed, what is said about it, and what is counted. Bodies are short and even, so
 * that both libraries make the same bytes of them. */
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { routeTo } from '../support/configs.ts'
import type { RequestRow } from './support/filter-case.ts'
import { differentialFilters, filterEntry, perFilter } from './support/filter-case.ts'

const API = 'type.googleapis.com/envoy.extensions.compression'

function library(kind: 'compressor' | 'decompressor', name: string, config: object = {}): object {
  const type = name.charAt(0).toUpperCase() + name.slice(1)
  return { [`${kind}_library`]: { name, typed_config: { '@type': `${API}.${name}.${kind}.v3.${type}`, ...config } } }
}

function compressor(name: string, config: object = {}): object {
  return filterEntry('compressor', 'compressor.v3.Compressor', { ...library('compressor', name), ...config })
}

const BODY = 'a'.repeat(200)
const STATS = /compressor\./

/** A request whose response has these headers and the body. */
function row(name: string, accept: string | undefined, ...headers: string[]): RequestRow {
  const orders = [`body=${BODY}`, ...headers.map((each) => (each.includes(':') ? `header=${each}` : each))]
  const fields = [`x-do: ${orders.join(';')}`]
  return [name, 'GET /', accept === undefined ? fields : [`accept-encoding: ${accept}`, ...fields]]
}

const TEXT = 'content-type:text/plain'

const RESPONSES: readonly RequestRow[] = [
  row('gzip', 'gzip', TEXT),
  row('nothing accepted', undefined, TEXT),
  row('identity', 'identity', TEXT),
  row('wildcard', '*', TEXT),
  row('not gzip', 'gzip;q=0, *', TEXT),
  row('other', 'deflate', TEXT),
  row('weights', 'gzip;q=0.2, br;q=0.8', TEXT),
  row('a type that is not on the list', 'gzip', 'content-type:image/png'),
  row('no type', 'gzip'),
  row('parameters of the type', 'gzip', 'content-type:TEXT/html; charset=x'),
  row('encoded', 'gzip', TEXT, 'content-encoding:br'),
  row('not to be transformed', 'gzip', TEXT, 'cache-control:no-transform'),
  row('strong etag', 'gzip', TEXT, 'etag:"x"'),
  row('weak etag', 'gzip', TEXT, 'etag:W/"x"'),
  row('etag of two characters', 'gzip', TEXT, 'etag:""'),
  row('empty etag', 'gzip', TEXT, 'etag:'),
  row('etag that is only weak', 'gzip', TEXT, 'etag:w/'),
  row('vary', 'gzip', TEXT, 'vary:origin'),
  row('code', 'gzip', TEXT, 'status=206'),
  row('chunked', 'gzip', TEXT, 'chunked'),
  ['short', 'GET /', ['accept-encoding: gzip', `x-do: body=a;header=${TEXT}`]],
  ['head', 'HEAD /', ['accept-encoding: gzip', `x-do: body=${BODY};header=${TEXT}`]],
]

for (const [name, response] of Object.entries({
  'the defaults': {},
  'etags and codes': { disable_on_etag_header: true, uncompressible_response_codes: [206] },
  'weak etags, and the encoding taken away': { weaken_etag_on_compress: true, remove_accept_encoding_header: true },
  'etags weakened rather than kept': { disable_on_etag_header: true, weaken_etag_on_compress: true },
  'the status header': {
    status_header_enabled: true,
    disable_on_etag_header: true,
    uncompressible_response_codes: [206],
  },
})) {
  differentialFilters(`compressor: responses, ${name}`, {
    filters: [compressor('gzip', { response_direction_config: response })],
    requests: RESPONSES,
    stats: STATS,
  })
}

differentialFilters('compressor: three libraries in a chain, one of them first', {
  filters: [compressor('gzip'), compressor('brotli', { choose_first: true }), compressor('zstd')],
  requests: ['gzip', 'br', 'zstd', 'gzip, br, zstd', '*', 'br;q=0, *', 'identity, br', 'zstd;q=1, gzip;q=0.9', 'x'].map(
    (accept) => row(accept, accept, TEXT),
  ),
  stats: STATS,
})

const PER_ROUTE = 'compressor.v3.CompressorPerRoute'

differentialFilters('compressor: requests, and routes', {
  filters: [compressor('gzip', { response_direction_config: {}, request_direction_config: {} })],
  routes: [
    { ...routeTo('app', '/off'), ...perFilter('compressor', PER_ROUTE, { disabled: true }) },
    { ...routeTo('app', '/br'), ...perFilter('compressor', PER_ROUTE, { overrides: library('compressor', 'brotli') }) },
    { match: { prefix: '/direct' }, direct_response: { status: 200, body: { inline_string: BODY } } },
    routeTo('app'),
  ],
  requests: [
    ['post', 'POST /', ['content-type: text/plain'], BODY],
    ['short post', 'POST /', ['content-type: text/plain'], 'a'],
    ['encoded post', 'POST /', ['content-encoding: x'], BODY],
    ['chunked post', 'POST /', ['transfer-encoding: chunked'], `c8\r\n${BODY}\r\n0\r\n\r\n`],
    ...['/off', '/br', '/direct'].map((path): RequestRow => [
      path,
      `GET ${path}`,
      ['accept-encoding: gzip, br', `x-do: body=${BODY};header=${TEXT}`],
    ]),
  ],
  stats: STATS,
})

// The filter that answers first knows what its route offers; of the others it knows what they would offer without routes.
differentialFilters('compressor: libraries of routes in a chain', {
  filters: [compressor('zstd'), compressor('gzip')],
  routes: ['gzip', 'brotli', 'zstd'].map((name) => ({
    ...routeTo('app', `/${name}`),
    ...perFilter('compressor', PER_ROUTE, { overrides: library('compressor', name) }),
  })),
  requests: ['/gzip', '/brotli', '/zstd'].flatMap((path) =>
    ['gzip', 'br', 'zstd', '*', 'br, gzip', 'gzip;q=0, *'].map((accept): RequestRow => [
      `${path} ${accept}`,
      `GET ${path}`,
      [`accept-encoding: ${accept}`, `x-do: body=${BODY};header=${TEXT}`],
    ]),
  ),
  stats: STATS,
})

const WIRES = {
  gzip: gzipSync(BODY).toString('latin1'),
  brotli: brotliCompressSync(BODY).toString('latin1'),
  zstd: zstdCompressSync(BODY).toString('latin1'),
}
const MUCH = 'a'.repeat(50_000)
const BOMBS = {
  gzip: gzipSync(MUCH).toString('latin1'),
  brotli: brotliCompressSync(MUCH).toString('latin1'),
  zstd: zstdCompressSync(MUCH).toString('latin1'),
}
const CODINGS = { gzip: 'gzip', brotli: 'br', zstd: 'zstd' }

for (const name of ['gzip', 'brotli', 'zstd'] as const) {
  const coding = CODINGS[name]
  differentialFilters(`decompressor: ${name}`, {
    filters: [filterEntry('decompressor', 'decompressor.v3.Decompressor', library('decompressor', name))],
    requests: [
      ['compressed', 'POST /', [`content-encoding: ${coding}`], WIRES[name]],
      ['two encodings', 'POST /', [`content-encoding: ${coding}, x`], WIRES[name]],
      ['the other way round', 'POST /', [`content-encoding: x, ${coding}`], WIRES[name]],
      ['not to be transformed', 'POST /', [`content-encoding: ${coding}`, 'cache-control: no-transform'], WIRES[name]],
      ['cut', 'POST /', [`content-encoding: ${coding}`], WIRES[name].slice(0, 6)],
      ['more behind', 'POST /', [`content-encoding: ${coding}`], `${WIRES[name]}junk`],
      ['nothing of it', 'POST /', [`content-encoding: ${coding}`], 'not compressed at all'],
      ['a bomb', 'POST /', [`content-encoding: ${coding}`], BOMBS[name]],
      ['plain', 'POST /', [], 'plain'],
      ...[`${coding};q=0`, `${coding}, x`, 'x;q=0.5 , y'].map((accept): RequestRow => [
        accept,
        'GET /',
        [`accept-encoding: ${accept}`],
      ]),
    ],
    stats: STATS,
  })
}
