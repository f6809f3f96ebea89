/**
 * What the HTTP/1 codec costs: a request head of 96 bytes and one of a browser, parsed, and parsed and written again with
 * the changes that a connection manager makes. `sh tools/bun bench/micro/http1-codec.bench.ts`
 */
import type { ComposedBytes } from '../../src/api/bytes.ts'
import type { RequestDecoder, ResponseEncoder } from '../../src/api/codec.ts'
import type { RequestHeaders } from '../../src/api/headers.ts'
import { newResponseHeaders } from '../../src/codec/headers/response-headers.ts'
import { createHttp1ClientCodec } from '../../src/codec/http1/client-codec.ts'
import { createHttp1ServerCodec } from '../../src/codec/http1/server-codec.ts'
import { DEFAULT_HTTP1_CLIENT_SETTINGS, DEFAULT_HTTP1_SERVER_SETTINGS } from '../../src/codec/http1/settings.ts'

const SMALL = ['GET /api/v1/items?id=7 HTTP/1.1', 'Host: a.test', 'User-Agent: bench/1.0', 'Accept: */*', '', ''].join(
  '\r\n',
)

const BROWSER = [
  'GET /articles/2024/11/how-proxies-work?utm_source=newsletter&utm_medium=mail HTTP/1.1',
  'Host: www.example.com',
  'Connection: keep-alive',
  'Cache-Control: max-age=0',
  'sec-ch-ua: "Chromium";v="130", "Google Chrome";v="130", "Not?A_Brand";v="99"',
  'sec-ch-ua-mobile: ?0',
  'sec-ch-ua-platform: "Linux"',
  'Upgrade-Insecure-Requests: 1',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Sec-Fetch-Site: same-origin',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-User: ?1',
  'Sec-Fetch-Dest: document',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-US,en;q=0.9,de;q=0.8',
  'Cookie: session=0123456789abcdef; theme=dark; consent=1',
  '',
  '',
].join('\r\n')

const ROUNDS = 40
const ITERATIONS = 10_000

const nothing = (): void => undefined
const scratch = Buffer.allocUnsafe(64 * 1024)
const response = newResponseHeaders(204)

for (const [name, text] of [
  ['small', SMALL],
  ['browser', BROWSER],
] as const) {
  report(`${name} (${text.length} B): parse`, measure(text, nothing))
  report(`${name} (${text.length} B): parse, 4 changes, write`, measure(text, forwarder()))
}

function report(what: string, ns: number): void {
  console.log(`${what.padEnd(46)} ${ns.toFixed(0).padStart(6)} ns`)
}

/** The best of a few rounds, in ns a request; the empty response is part of it. */
function measure(text: string, use: (headers: RequestHeaders) => void): number {
  let encoder: ResponseEncoder | undefined
  const decoder: RequestDecoder = {
    decodeHeaders: (headers) => {
      use(headers)
      encoder!.encodeHeaders(response, true)
    },
    decodeData: nothing,
    decodeTrailers: nothing,
    onReset: nothing,
    onAboveHighWatermark: nothing,
    onBelowLowWatermark: nothing,
  }
  const newStream = (given: ResponseEncoder): RequestDecoder => {
    encoder = given
    return decoder
  }
  const codec = createHttp1ServerCodec(
    { newStream, write: nothing, writeComposed: nothing, onGoAway: nothing },
    DEFAULT_HTTP1_SERVER_SETTINGS,
  )
  const chunk = Buffer.from(text, 'latin1')
  let best = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    for (let i = 0; i < ITERATIONS; i++) codec.dispatch(chunk)
    best = Math.min(best, ((performance.now() - start) * 1e6) / ITERATIONS)
  }
  return best
}

function forwarder(): (headers: RequestHeaders) => void {
  const writeComposed = ({ bytes, length }: ComposedBytes): void => {
    bytes.copy(scratch, 0, 0, length)
  }
  const codec = createHttp1ClientCodec(
    { write: nothing, writeComposed, onGoAway: nothing },
    DEFAULT_HTTP1_CLIENT_SETTINGS,
  )
  const decoder = {
    decode1xx: nothing,
    decodeHeaders: nothing,
    decodeData: nothing,
    decodeTrailers: nothing,
    onReset: nothing,
    onAboveHighWatermark: nothing,
    onBelowLowWatermark: nothing,
  }
  return (headers) => {
    headers.remove('connection')
    headers.set('x-forwarded-proto', 'http')
    headers.set('x-request-id', '5b4f1b2c-8f3d-4c5e-9a6b-7c8d9e0f1a2b')
    headers.set('x-envoy-expected-rq-timeout-ms', '15000')
    codec.newStream(decoder).encodeHeaders(headers, true)
  }
}
