import { describe, expect, test } from 'bun:test'
import { gzipSync } from 'node:zlib'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension as gzip } from '../../../compression/gzip/decompressor/extension.ts'
import { bytes } from '../../../../../test/support/router-harness.ts'
import { withAcceptedEncoding, withoutFirstEncoding } from './encoding-lists.ts'
import { extension } from './extension.ts'

const LIBRARY =
  'decompressor_library: {name: D, typed_config: {"@type": type.googleapis.com/envoy.extensions.compression.gzip.decompressor.v3.Gzip}}'
const extensions = [gzip]

httpFilterConformance(extension, {
  good: [
    LIBRARY,
    `{${LIBRARY}, request_direction_config: {advertise_accept_encoding: false, common_config: {enabled: {default_value: false, runtime_key: k}}}, response_direction_config: {common_config: {ignore_no_transform_header: true}}}`,
  ],
  bad: [
    ['{}', 'decompressor_library'],
    [`{${LIBRARY.replace('Gzip}', 'Gzip, max_inflate_ratio: 2000}')}}`, 'max_inflate_ratio'],
  ],
  extensions,
})

function harness(fields = ''): FilterHarness<unknown> {
  return new FilterHarness(extension, { config: `{${LIBRARY}${fields === '' ? '' : `, ${fields}`}}`, extensions })
}

const WIRE = gzipSync('plain text').toString('latin1')

describe('decompressor', () => {
  test('requests become plain; their sizes are told in trailers', () => {
    const filter = harness().send('POST /', ['content-encoding: gzip'], WIRE)
    expect(filter.upstream.body).toBe('plain text')
    expect(filter.forwarded['content-encoding']).toBeUndefined()
    expect(filter.forwarded['content-length']).toBeUndefined()
    expect(filter.upstream.trailers?.get('x-envoy-decompressor-d-compressed-bytes')).toBe(String(WIRE.length))
    expect(filter.upstream.trailers?.get('x-envoy-decompressor-d-uncompressed-bytes')).toBe('10')
    expect(filter.stat('decompressor.D.gzip.request.decompressed')).toBe(1)
  })

  test('responses become plain', () => {
    const filter = harness().send('GET /')
    filter.respondOpen(200, ['content-encoding: GZip, br', `content-length: ${WIRE.length}`])
    const first = filter.reply()
    expect(first.headers['content-encoding']).toBe('br')
    filter.callbacks.encodeData(queue(WIRE.slice(0, 5)), false)
    filter.callbacks.encodeData(queue(WIRE.slice(5)), true)
    expect(filter.written()).toContain('plain text')
    expect(filter.stat('decompressor.D.gzip.response.total_uncompressed_bytes')).toBe(10)
  })

  test('what is not compressed, or not to be transformed, is left alone', () => {
    const filter = harness()
    filter.send('POST /', ['content-encoding: gzip', 'cache-control: no-transform'], WIRE)
    expect(filter.upstream.body).toBe(WIRE)
    filter.respond(200, [], 'as it is')
    expect(filter.reply().body).toBe('as it is')
    expect(filter.stat('decompressor.D.gzip.request.not_decompressed')).toBe(1)
    expect(filter.stat('decompressor.D.gzip.response.not_decompressed')).toBe(1)
  })

  test('upstreams are told what is welcome', () => {
    expect(harness().send('GET /').forwarded['accept-encoding']).toBe('gzip')
    const silent = harness('request_direction_config: {advertise_accept_encoding: false}').send('GET /')
    expect(silent.forwarded['accept-encoding']).toBeUndefined()
  })

  test('corrupt body is cut off and counted', () => {
    const filter = harness().send('POST /', ['content-encoding: gzip'], 'garbage')
    expect(filter.upstream.body).toBe('')
    expect(filter.upstream.complete).toBeTrue()
    expect(filter.stat('decompressor.D.gzip.decompressor_library.zlib_data_error')).toBe(1)
  })
})

function queue(text: string): Parameters<FilterHarness<unknown>['callbacks']['encodeData']>[0] {
  return bytes(text)
}

// Established against Envoy 1.40.
test.each([
  [undefined, 'gzip'],
  ['br;q=0.5', 'br;q=0.5,gzip'],
  ['gzip;q=0', 'gzip'],
  ['gzip, br', 'br,gzip'],
  ['a,gzip ;q=1,b', 'a,b,gzip'],
  ['br ,  x', 'br,x,gzip'],
  [', ,a', 'a,gzip'],
  ['GZIP', 'GZIP,gzip'],
])('Accept-Encoding %p becomes %p', (before, after) => {
  expect(withAcceptedEncoding(before, 'gzip')).toBe(after)
})

test.each([
  ['gzip', ''],
  ['GZip', ''],
  ['  gzip  ,   br', 'br'],
  ['gzip,gzip', 'gzip'],
  ['br, gzip', undefined],
  ['x-gzip', undefined],
  [',gzip', undefined],
])('Content-Encoding %p leaves %p', (before, after) => {
  expect(withoutFirstEncoding(before, 'gzip')).toBe(after)
})
