import { describe, expect, test } from 'bun:test'
import type { DataStatus, DecoderFilter, EncoderFilter } from '../api/http.ts'
import { ByteQueue } from '../base/byte-queue.ts'
import { newResponseHeaders } from '../codec/headers/response-headers.ts'
import { ManagerHarness } from './testing/manager-harness.ts'

const GET = 'GET /a HTTP/1.1\r\nhost: h\r\n\r\n'
const POST = 'POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\n'

class Levels {
  above = 0
  onAboveHighWatermark(): void {
    this.above++
  }
  onBelowLowWatermark(): void {
    this.above--
  }
}

/** Holds back everything it gets. */
class Buffering implements DecoderFilter, EncoderFilter {
  readonly #status: DataStatus
  constructor(status: DataStatus) {
    this.#status = status
  }
  setDecoderCallbacks(): void {}
  setEncoderCallbacks(): void {}
  decodeHeaders(_headers: unknown, end: boolean): 'continue' | 'stop-iteration' {
    return end ? 'continue' : 'stop-iteration'
  }
  decodeData(_data: ByteQueue, end: boolean): DataStatus {
    return end ? 'continue' : this.#status
  }
  decodeTrailers(): 'continue' {
    return 'continue'
  }
  encodeHeaders(): 'stop-iteration' {
    return 'stop-iteration'
  }
  encodeData(_data: ByteQueue, end: boolean): DataStatus {
    return end ? 'continue' : this.#status
  }
  encodeTrailers(): 'continue' {
    return 'continue'
  }
  onDestroy(): void {}
}

function bytes(length: number): ByteQueue {
  const queue = new ByteQueue()
  queue.push(Buffer.alloc(length, 'x'))
  return queue
}

describe('the way to the client', () => {
  test('a full connection is told to whoever produces the response, also when they come late', () => {
    const h = new ManagerHarness()
    h.connection.receive(GET)
    const early = new Levels()
    const late = new Levels()
    h.stream.callbacks.addDownstreamWatermarkCallbacks(early)
    h.connection.setBackedUp(true)
    h.stream.callbacks.addDownstreamWatermarkCallbacks(late)
    expect([early.above, late.above]).toEqual([1, 1])
    h.connection.setBackedUp(false)
    expect([early.above, late.above]).toEqual([0, 0])
  })
})

describe('the way to the upstream', () => {
  test('when it is full, neither socket nor codec deliver, and the rest comes afterwards', () => {
    const h = new ManagerHarness()
    h.connection.receive(POST)
    const { callbacks } = h.stream
    callbacks.onDecoderFilterAboveHighWatermark()
    expect(h.connection.readDisables).toBe(1)
    h.connection.receive('abc')
    expect(h.stream.body).toBe('')
    callbacks.onDecoderFilterBelowLowWatermark()
    h.dispatcher.advance(0)
    expect(h.stream.body).toBe('abc')
    expect(h.connection.readDisables).toBe(0)
    expect(h.stat('downstream_flow_control_paused_reading_total')).toBe(1)
    expect(h.stat('downstream_flow_control_resumed_reading_total')).toBe(1)
  })

  test('a stream that ends while it is paused leaves the connection readable', () => {
    const h = new ManagerHarness()
    h.connection.receive(POST)
    h.stream.callbacks.onDecoderFilterAboveHighWatermark()
    h.stream.callbacks.resetStream('local-reset', 'x')
    expect(h.connection.readDisables).toBe(0)
  })
})

describe('filters that buffer', () => {
  test('a request beyond the limit is 413', () => {
    const h = new ManagerHarness({ filters: [(chain) => chain.addDecoderFilter(new Buffering('stop-and-buffer'))] })
    h.connection.bufferLimit = 4
    h.connection.receive(`${POST}abcdef`)
    expect(h.connection.take()).toMatch(/^HTTP\/1.1 413 Payload Too Large\r\n[^]*\r\n\r\nPayload Too Large$/)
    expect(h.logged[0]).toMatchObject({ code: 413, details: 'request_payload_too_large' })
    expect(h.stat('downstream_rq_too_large')).toBe(1)
  })

  test('a request beyond the limit of a filter that asks for flow control is paused', () => {
    const h = new ManagerHarness({ filters: [(chain) => chain.addDecoderFilter(new Buffering('stop-and-watermark'))] })
    h.connection.bufferLimit = 4
    h.connection.receive(`${POST}abcdef`)
    expect([h.connection.readDisables, h.connection.take()]).toEqual([1, ''])
  })

  test('a response beyond the limit is 500 while its head has not gone out', () => {
    const h = new ManagerHarness({ filters: [(chain) => chain.addEncoderFilter(new Buffering('stop-and-buffer'))] })
    h.connection.bufferLimit = 4
    h.connection.receive(GET)
    h.stream.callbacks.encodeHeaders(newResponseHeaders(200), false, 'via_upstream')
    h.stream.callbacks.encodeData(bytes(6), false)
    expect(h.connection.take()).toMatch(/^HTTP\/1.1 500 Internal Server Error\r\n[^]*\r\n\r\nInternal Server Error$/)
    expect(h.logged[0]).toMatchObject({ code: 500, details: 'response_payload_too_large' })
    expect(h.stat('rs_too_large')).toBe(1)
    expect(h.stream.destroyed).toBeTrue()
  })

  test('a buffered request goes on whole', () => {
    const h = new ManagerHarness({ filters: [(chain) => chain.addDecoderFilter(new Buffering('stop-and-buffer'))] })
    h.connection.receive(`${POST}abcd`)
    expect(h.streams[0]!.body).toBe('')
    h.connection.receive('efghi')
    expect([h.stream.body, h.stream.complete]).toEqual(['abcdefghi', true])
  })
})
