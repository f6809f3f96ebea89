import { expect, test } from 'bun:test'
import type { RequestHeaders, ResponseHeaders } from '../api/headers.ts'
import type { DecoderCallbacks, LocalReply } from '../api/http.ts'
import { ByteQueue } from '../base/byte-queue.ts'
import { AdminDispatcher } from './admin-dispatcher.ts'
import type { AdminEndpoint, AdminResponse } from './admin-endpoint.ts'
import { text } from './admin-endpoint.ts'
import { AdminFilter } from './admin-filter.ts'

type Line = readonly [string, string]

function responseHeaders(status: number): ResponseHeaders & { lines: Line[] } {
  const lines: Line[] = []
  const map: Partial<ResponseHeaders> & { lines: Line[] } = {
    status,
    lines,
    set: (name, value) => {
      const others = lines.filter(([other]) => other !== name)
      lines.splice(0, lines.length, ...others, [name, value])
    },
    add: (name, value) => void lines.push([name, value]),
  }
  return map as ResponseHeaders & { lines: Line[] }
}

function request(method: string, path: string, contentType?: string): RequestHeaders {
  const headers: Partial<RequestHeaders> = {
    method,
    path,
    get: (name) => (name === 'content-type' ? contentType : undefined),
  }
  return headers as RequestHeaders
}

function start(answer: (params: string) => AdminResponse | Promise<AdminResponse>) {
  const sent: unknown[] = []
  const endpoint: AdminEndpoint = {
    path: '/x',
    help: '',
    mutates: false,
    params: [],
    handle: ({ params }) => answer(params.entries.map(([name, value]) => `${name}=${value}`).join()),
  }
  const silent = () => undefined
  const logger = { info: silent, error: silent }
  const filter = new AdminFilter({
    dispatcher: new AdminDispatcher({
      endpoints: [endpoint],
      allowPaths: [],
      logger: logger as never, // nothing else of it is used
    }),
    newResponseHeaders: responseHeaders,
  })
  const callbacks: Partial<DecoderCallbacks> = {
    encodeHeaders: (headers, end, details) => {
      sent.push([headers.status, (headers as ReturnType<typeof responseHeaders>).lines, end, details])
    },
    encodeData: (data, end) => void sent.push([Buffer.from(data.linearize()).toString('latin1'), end]),
    sendLocalReply: (reply: LocalReply) => void sent.push(reply.status),
  }
  filter.setDecoderCallbacks(callbacks as DecoderCallbacks)
  return { filter, sent }
}

const PLAIN: readonly Line[] = [
  ['content-type', 'text/plain; charset=UTF-8'],
  ['cache-control', 'no-cache, max-age=0'],
  ['x-content-type-options', 'nosniff'],
]

function bytes(body: string): ByteQueue {
  const queue = new ByteQueue()
  queue.push(Buffer.from(body))
  return queue
}

test('a reply has Envoy’s headers in Envoy’s order, and its body in UTF-8', () => {
  const { filter, sent } = start(() => text('ä'))
  expect(filter.decodeHeaders(request('GET', '/x'), true)).toBe('stop-iteration')
  expect(sent).toEqual([
    [200, PLAIN, false, 'admin_filter_response'],
    ['Ã¤', true],
  ])
})

test('an empty body is a body, but HEAD has none', () => {
  const get = start(() => text(''))
  get.filter.decodeHeaders(request('GET', '/x'), true)
  expect(get.sent.at(-1)).toEqual(['', true])
  const head = start(() => text('y'))
  head.filter.decodeHeaders(request('HEAD', '/x'), true)
  expect(head.sent).toEqual([[200, PLAIN, true, 'admin_filter_response']])
})

test('a form is waited for and read', () => {
  const { filter, sent } = start((params) => text(params))
  filter.decodeHeaders(request('POST', '/x?a=1', 'application/x-www-form-urlencoded'), false)
  filter.decodeData(bytes('b='), false)
  expect(sent).toEqual([])
  filter.decodeData(bytes('2'), true)
  expect(sent.at(-1)).toEqual(['a=1,b=2', true])
})

test('another body is dropped', () => {
  const { filter, sent } = start((params) => text(params))
  filter.decodeHeaders(request('POST', '/x?a=1'), false)
  filter.decodeData(bytes('b=2'), false)
  filter.decodeTrailers()
  expect(sent.at(-1)).toEqual(['a=1', true])
})

test('a form beyond the limit is refused once', () => {
  const { filter, sent } = start(() => text('y'))
  filter.decodeHeaders(request('POST', '/x', 'application/x-www-form-urlencoded'), false)
  filter.decodeData(bytes('a'.repeat(1 << 20)), false)
  filter.decodeData(bytes('a'), true)
  expect(sent).toEqual([413])
})

test('a reply that comes late goes nowhere when the stream is gone', async () => {
  const later = Promise.withResolvers<AdminResponse>()
  const { filter, sent } = start(() => later.promise)
  filter.decodeHeaders(request('GET', '/x'), true)
  filter.onDestroy()
  later.resolve(text('y'))
  await later.promise
  expect(sent).toEqual([])
})

test('some errors say nosniff twice', () => {
  const { filter, sent } = start(() => ({ status: 404, contentType: 'text/plain', body: 'n', noSniffTwice: true }))
  filter.decodeHeaders(request('GET', '/x'), true)
  expect(sent[0]).toEqual([
    404,
    [
      ['x-content-type-options', 'nosniff'],
      ['content-type', 'text/plain'],
      ['cache-control', 'no-cache, max-age=0'],
      ['x-content-type-options', 'nosniff'],
    ],
    false,
    'admin_filter_response',
  ])
})

test('a body that looks at what goes on is put together behind the head; HEAD needs none', () => {
  const get = start(() => text(() => `${get.sent.length}`))
  get.filter.decodeHeaders(request('GET', '/x'), true)
  expect(get.sent.at(-1)).toEqual(['1', true])
  const head = start(() => text(() => expect.unreachable()))
  head.filter.decodeHeaders(request('HEAD', '/x'), true)
  expect(head.sent).toHaveLength(1)
})
