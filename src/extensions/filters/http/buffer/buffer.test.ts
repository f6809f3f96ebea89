import { describe, expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'

httpFilterConformance(extension, {
  good: ['max_request_bytes: 100', 'max_request_bytes: 4'],
  bad: [
    ['{}', 'max_request_bytes'],
    ['max_request_bytes: 0', 'max_request_bytes'],
  ],
  perRoute: {
    good: ['disabled: true', 'buffer: {max_request_bytes: 1}'],
    bad: [
      ['{}', 'override'],
      ['disabled: false', 'disabled'],
    ],
  },
})

const TYPE = '"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute'

function onRoute(fields: string): string {
  const config = `typed_per_filter_config: {envoy.filters.http.buffer: {${TYPE}, ${fields}}}`
  return `{match: {prefix: /own}, route: {cluster: app}, ${config}}, {match: {prefix: /}, route: {cluster: app}}`
}

describe('buffer', () => {
  test('holds a request until it is complete, and tells its length', () => {
    const filter = new FilterHarness(extension, { config: 'max_request_bytes: 10' })
    filter.sendOpen('POST /').chunk('one').chunk('two')
    expect(filter.reached).toBeFalse()
    filter.endChunks()
    expect(filter.upstream).toMatchObject({ body: 'onetwo', pieces: 1, complete: true })
    expect(filter.forwarded['content-length']).toBe('6')
  })

  test('trailers complete a request, too', () => {
    const filter = new FilterHarness(extension, { config: 'max_request_bytes: 10' })
    filter.sendOpen('POST /').chunk('one').endChunks('x-t: 1')
    expect(filter.upstream).toMatchObject({ body: 'one', complete: true })
    expect(filter.upstream.trailers?.get('x-t')).toBe('1')
  })

  test('a request without a body is not touched', () => {
    const filter = new FilterHarness(extension, { config: 'max_request_bytes: 10' })
    filter.send('GET /')
    expect(filter.forwarded['content-length']).toBeUndefined()
  })

  test('more than the limit is 413, and the upstream hears nothing of it', () => {
    const filter = new FilterHarness(extension, { config: 'max_request_bytes: 4' })
    filter.sendOpen('POST /').chunk('four').chunk('!')
    expect(filter.reply()).toMatchObject({ status: 413, body: 'Payload Too Large' })
    expect(filter.reached).toBeFalse()
    expect(filter.logged[0]).toMatchObject({ code: 413, details: 'request_payload_too_large' })
    expect(filter.stat('downstream_rq_too_large')).toBe(1)
  })

  test('a route has its own limit, or none', () => {
    const routes = onRoute('buffer: {max_request_bytes: 2}')
    const limited = new FilterHarness(extension, { config: 'max_request_bytes: 9', routes })
    expect(limited.send('POST /other', [], 'abc').reached).toBeTrue()
    limited.respond(204).written()
    expect(limited.send('POST /own', [], 'abc').reply().status).toBe(413)
    const off = new FilterHarness(extension, { config: 'max_request_bytes: 1', routes: onRoute('disabled: true') })
    off.sendOpen('POST /own').chunk('abc')
    expect(off.upstream.body).toBe('abc')
  })
})
