import { describe, expect, test } from 'bun:test'
import { gunzipSync } from 'node:zlib'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension as brotli } from '../../../compression/brotli/compressor/extension.ts'
import { extension as gzip } from '../../../compression/gzip/compressor/extension.ts'
import { extension } from './extension.ts'

const LIBRARY =
  'compressor_library: {name: g, typed_config: {"@type": type.googleapis.com/envoy.extensions.compression.gzip.compressor.v3.Gzip}}'
const BROTLI = LIBRARY.replace('name: g', 'name: b').replaceAll('gzip', 'brotli').replace('Gzip', 'Brotli')
const extensions = [gzip, brotli]

httpFilterConformance(extension, {
  good: [
    LIBRARY,
    `{${LIBRARY}, response_direction_config: {weaken_etag_on_compress: true, status_header_enabled: true, uncompressible_response_codes: [206]}}`,
    `{${LIBRARY}, request_direction_config: {common_config: {content_type_matcher: [{prefix: text/}], min_content_length: 1}}, choose_first: true}`,
    `{${LIBRARY}, content_length: 100, content_type: [text/x], disable_on_etag_header: true, remove_accept_encoding_header: true}`,
  ],
  bad: [
    ['{}', 'compressor_library'],
    [
      'compressor_library: {name: x, typed_config: {"@type": type.googleapis.com/envoy.extensions.compression.qatzip.compressor.v3.Qatzip}}',
      'qatzip',
    ],
    [
      `{${LIBRARY}, response_direction_config: {uncompressible_response_codes: [100]}}`,
      'uncompressible_response_codes',
    ],
    [`{${LIBRARY.replace('Gzip}', 'Gzip, window_bits: 8}')}}`, 'window_bits'],
  ],
  perRoute: {
    good: [
      'disabled: true',
      'overrides: {response_direction_config: {remove_accept_encoding_header: true}}',
      `overrides: {${BROTLI}}`,
    ],
    bad: [['{}', 'override']],
  },
  transparent: `{${LIBRARY}, response_direction_config: {common_config: {enabled: {default_value: false, runtime_key: k}}}}`,
  extensions,
})

const TEXT = 'content-type: text/plain'
const BODY = 'text '.repeat(100)
const LENGTH = `content-length: ${BODY.length}`

function harness(fields: string, more: object = {}): FilterHarness<unknown> {
  return new FilterHarness(extension, { config: `{${LIBRARY}, ${fields}}`, extensions, ...more })
}

function plain(body: string): string {
  return gunzipSync(Buffer.from(body, 'latin1')).toString()
}

const RESPONSE = 'response_direction_config: {}'

describe('responses', () => {
  test('are compressed for who accepts it, piece by piece', () => {
    const filter = harness(RESPONSE).send('GET /', ['accept-encoding: gzip'])
    filter.respondOpen(200, [TEXT, 'etag: "strong"'])
    const head = filter.reply()
    expect(head.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
    expect(head.headers['etag']).toBeUndefined()
    filter.respondData('first', false)
    expect(filter.written().length).toBeGreaterThan(10)
    filter.respondData('last', true)
    expect(filter.stat('compressor.g.gzip.response.compressed')).toBe(1)
    expect(filter.stat('compressor.g.gzip.response.total_uncompressed_bytes')).toBe(9)
  })

  test('come whole in the end', () => {
    const filter = harness(RESPONSE).send('GET /', ['accept-encoding: gzip'])
    const { headers, body } = filter.respond(200, [TEXT, LENGTH], BODY).reply()
    expect(headers['content-length']).toBeUndefined()
    expect(plain(body)).toBe(BODY)
  })

  test('trailers come after the last of the body', () => {
    const filter = harness(RESPONSE).send('GET /', ['accept-encoding: gzip'])
    const { body, trailers } = filter.respond(200, [TEXT], BODY, ['x-t: 1']).reply()
    expect(plain(body)).toBe(BODY)
    expect(trailers).toEqual({ 'x-t': '1' })
  })

  test.each([
    ['a short one', [TEXT, 'content-length: 3'], 'content_length_too_small', undefined],
    ['another type', ['content-type: image/png'], 'header_not_valid', undefined],
    ['no-transform', [TEXT, 'cache-control: private, no-transform'], 'header_compressor_used', undefined],
    ['encoded already', [TEXT, 'content-encoding: br'], 'header_compressor_used', undefined],
    ['an etag that must stay', [TEXT, 'etag: "x"'], 'not_compressed_etag', undefined],
    ['a code on the list', [TEXT, 'x-code: 206'], 'header_compressor_used', undefined],
  ] as const)('left alone: %s', (_name, fields, counted) => {
    const filter = harness(
      'response_direction_config: {disable_on_etag_header: true, uncompressible_response_codes: [206]}',
    )
    filter.send('GET /', ['accept-encoding: gzip'])
    const short = fields.some((field) => field === 'content-length: 3')
    filter.respond(fields.some((field) => field === 'x-code: 206') ? 206 : 200, fields, short ? 'abc' : BODY)
    expect(filter.reply().body).toBe(short ? 'abc' : BODY)
    const prefix = counted === 'content_length_too_small' ? 'response.' : ''
    expect(filter.stat(`compressor.g.gzip.${prefix}${counted}`)).toBe(1)
    expect(filter.stat('compressor.g.gzip.response.not_compressed')).toBe(1)
  })

  test('a client that says nothing gets it plain, with vary', () => {
    const { headers, body } = harness(RESPONSE).send('GET /').respond(200, [TEXT], BODY).reply()
    expect([headers['vary'], body]).toEqual(['Accept-Encoding', BODY])
  })

  test('x-envoy-compression-status says why', () => {
    const config = 'response_direction_config: {status_header_enabled: true, weaken_etag_on_compress: true}'
    const filter = harness(config).send('GET /', ['accept-encoding: gzip'])
    const yes = filter.respond(200, [TEXT, LENGTH, 'etag: "x"'], BODY).reply().headers
    expect(yes['x-envoy-compression-status']).toBe(`gzip;Compressed;OriginalLength=${BODY.length}`)
    expect(yes['etag']).toBe('W/"x"')
    const no = filter.send('GET /', ['accept-encoding: gzip']).respond(200, [TEXT, 'content-length: 1'], 'a').reply()
    expect(no.headers['x-envoy-compression-status']).toBe('gzip;ContentLengthTooSmall')
  })

  test('a route switches it off, or takes another library', () => {
    const perRoute = (fields: string): string =>
      `{match: {prefix: /}, route: {cluster: app}, typed_per_filter_config: {envoy.filters.http.compressor: {"@type": type.googleapis.com/envoy.extensions.filters.http.compressor.v3.CompressorPerRoute, ${fields}}}}`
    const off = harness(RESPONSE, { routes: perRoute('disabled: true') }).send('GET /', ['accept-encoding: gzip'])
    expect(off.respond(200, [TEXT], BODY).reply().headers['content-encoding']).toBeUndefined()
    const other = harness(RESPONSE, { routes: perRoute(`overrides: {${BROTLI}}`) }).send('GET /', [
      'accept-encoding: br',
    ])
    expect(other.respond(200, [TEXT], BODY).reply().headers['content-encoding']).toBe('br')
    expect(other.stat('compressor.g.gzip.response.compressed')).toBe(1)
  })

  test('the runtime switches it off', () => {
    const fields = 'response_direction_config: {common_config: {enabled: {default_value: true, runtime_key: key}}}'
    const filter = harness(fields, { runtime: { key: false } }).send('GET /', ['accept-encoding: gzip'])
    expect(filter.respond(200, [TEXT], BODY).reply().body).toBe(BODY)
  })
})

describe('requests', () => {
  test('are compressed where configured', () => {
    const filter = harness('request_direction_config: {}').send('POST /', [TEXT], BODY)
    expect(filter.forwarded['content-encoding']).toBe('gzip')
    expect(filter.forwarded['content-length']).toBeUndefined()
    expect(plain(filter.upstream.body)).toBe(BODY)
    expect(filter.stat('compressor.g.gzip.request.compressed')).toBe(1)
  })

  test('trailers end them, too', () => {
    const filter = harness('request_direction_config: {}').sendOpen('POST /').chunk(BODY).endChunks('x-t: 1')
    expect(plain(filter.upstream.body)).toBe(BODY)
    expect(filter.upstream.trailers?.get('x-t')).toBe('1')
  })

  test('accept-encoding is taken away where configured, and obeyed all the same', () => {
    const filter = harness('response_direction_config: {remove_accept_encoding_header: true}')
    filter.send('GET /', ['accept-encoding: gzip'])
    expect(filter.forwarded['accept-encoding']).toBeUndefined()
    expect(filter.respond(200, [TEXT], BODY).reply().headers['content-encoding']).toBe('gzip')
  })
})
