import { expect, test } from 'bun:test'
import type { ResponseHeaders, RequestHeaders } from '../../api/headers.ts'
import type { DecoderCallbacks, DecoderFilter, EncoderFilter } from '../../api/http.ts'
import { request, routes } from '../../../test/support/route-table.ts'
import { RouterHarness } from '../../../test/support/router-harness.ts'

class Marking implements DecoderFilter, EncoderFilter {
  destroyed = 0
  setDecoderCallbacks(): void {}
  setEncoderCallbacks(): void {}
  decodeHeaders(headers: RequestHeaders): 'continue' {
    headers.add('x-mark', 'up')
    return 'continue'
  }
  decodeData(): 'continue' {
    return 'continue'
  }
  decodeTrailers(): 'continue' {
    return 'continue'
  }
  encodeHeaders(headers: ResponseHeaders): 'continue' {
    headers.set('x-mark', 'down')
    return 'continue'
  }
  encodeData(): 'continue' {
    return 'continue'
  }
  encodeTrailers(): 'continue' {
    return 'continue'
  }
  onDestroy(): void {
    this.destroyed++
  }
}

class Answering implements DecoderFilter {
  #callbacks!: DecoderCallbacks
  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#callbacks = callbacks
  }
  decodeHeaders(): 'stop-iteration' {
    this.#callbacks.sendLocalReply({ status: 403, body: '', details: 'no' })
    return 'stop-iteration'
  }
  decodeData(): 'continue' {
    return 'continue'
  }
  decodeTrailers(): 'continue' {
    return 'continue'
  }
  onDestroy(): void {}
}

test('upstream filters: each attempt has its own, and they end with it', () => {
  const made: Marking[] = []
  const entry = {
    name: 'mark',
    disabled: false,
    place: 0,
    factory: (chain: { addFilter(filter: Marking): void }) => {
      const filter = new Marking()
      made.push(filter)
      chain.addFilter(filter)
    },
  }
  const table = routes('{match: {prefix: /}, route: {cluster: a, retry_policy: {retry_on: 5xx}}}')
  const h = new RouterHarness(table, request('/'), { shared: { upstreamFilters: [entry] } })
  h.send('body')
  h.last.respond(503)
  h.dispatcher.advance(1000)
  expect([h.attempts.length, made.length, made[0]!.destroyed]).toEqual([2, 2, 1])
  h.last.respond(200, 'ok')
  expect([h.last.headers['x-mark'], h.last.body]).toEqual(['up', 'body'])
  expect([h.response?.get('x-mark'), h.body, h.ended]).toEqual(['down', 'ok', true])
  expect(made.map(({ destroyed }) => destroyed)).toEqual([1, 1])
})

test('upstream filters: an attempt that is given up takes them along', () => {
  const filter = new Marking()
  const entry = {
    name: 'mark',
    disabled: false,
    place: 0,
    factory: (chain: { addFilter(filter: Marking): void }) => chain.addFilter(filter),
  }
  const h = new RouterHarness(routes('{match: {prefix: /}, route: {cluster: a, timeout: 1s}}'), request('/'), {
    shared: { upstreamFilters: [entry] },
  })
  h.send()
  h.dispatcher.advance(1000)
  expect([h.reply?.status, filter.destroyed, h.last.resets]).toEqual([504, 1, 1])
})

test.each([
  ['fails', (h: RouterHarness) => h.last.fail('remote-connection-failure')],
  ['is given up', (h: RouterHarness) => h.filter.onDestroy()],
] as const)('upstream filters: a connection that %s before it is there ends them', (_, end) => {
  const filter = new Marking()
  const factory = (chain: { addFilter(filter: Marking): void }) => chain.addFilter(filter)
  const h = new RouterHarness(routes('{match: {prefix: /}, route: {cluster: a}}'), request('/'), {
    connects: false,
    shared: { upstreamFilters: [{ name: 'mark', disabled: false, place: 0, factory }] },
  })
  h.send()
  end(h)
  expect(filter.destroyed).toBe(1)
})

test('upstream filters: what passes them before there is a connection waits for it', () => {
  const factory = (chain: { addFilter(filter: Marking): void }) => chain.addFilter(new Marking())
  const h = new RouterHarness(routes('{match: {prefix: /}, route: {cluster: a}}'), request('/'), {
    connects: false,
    shared: { upstreamFilters: [{ name: 'mark', disabled: false, place: 0, factory }] },
  })
  h.send('body')
  h.last.connect()
  expect([h.last.headers['x-mark'], h.last.body, h.last.ended]).toEqual(['up', 'body', true])
})

test('upstream filters: an attempt that a filter answers asks for no connection', () => {
  const factory = (chain: { addDecoderFilter(filter: DecoderFilter): void }) => chain.addDecoderFilter(new Answering())
  const h = new RouterHarness(routes('{match: {prefix: /}, route: {cluster: a}}'), request('/'), {
    shared: { upstreamFilters: [{ name: 'answers', disabled: false, place: 0, factory }] },
  })
  h.send()
  expect([h.reply?.status, h.attempts.length]).toEqual([403, 0])
})
