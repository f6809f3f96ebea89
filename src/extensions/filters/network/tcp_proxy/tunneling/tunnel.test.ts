import { describe, expect, test } from 'bun:test'
import type { RequestEncoder, ResponseDecoder } from '../../../../../api/codec.ts'
import type { FilterStateObject } from '../../../../../api/stream-info.ts'
import type { Host, HttpPool, PoolCallbacks } from '../../../../../api/upstream.ts'
import { ByteQueue } from '../../../../../base/byte-queue.ts'
import { newRequestHeaders } from '../../../../../codec/headers/request-headers.ts'
import { newResponseHeaders } from '../../../../../codec/headers/response-headers.ts'
import { failedUpstream } from '../../../../../router/failed-upstream.ts'
import type { TunnelingConfig } from './config.ts'
import { Tunnel } from './tunnel.ts'

const HOST = { clusterName: 'app' } as Host
const METER = {
  headerBytesReceived: 0,
  headerBytesSent: 0,
  decompressedHeaderBytesReceived: 0,
  wireBytesReceived: 0,
  wireBytesSent: 0,
}

/** A tunnel between a session and a pool that only write down what is done to them. */
function harness(config: Partial<TunnelingConfig> = {}) {
  const events: string[] = []
  const filterState = new Map<string, FilterStateObject>()
  let decoder: ResponseDecoder | undefined
  let pool: PoolCallbacks | undefined
  const text = (data: ByteQueue): string => {
    let all = ''
    for (let piece = data.shift(); piece !== undefined; piece = data.shift()) all += Buffer.from(piece).latin1Slice()
    return all
  }
  const encoder: RequestEncoder = {
    meter: METER,
    enableTcpTunneling: () => events.push('tunnels'),
    encodeHeaders: ({ method, authority }) => void events.push(`${method} ${authority}`),
    encodeData: (data, end) => void events.push(`sent ${text(data)}${end ? ' end' : ''}`),
    encodeTrailers: () => undefined,
    reset: (reason) => void events.push(`reset ${reason}`),
    readDisable: (disable) => void events.push(`read disable ${disable}`),
  }
  const tunnel = new Tunnel(
    {
      config: { propagatesResponseHeaders: false, propagatesResponseTrailers: false, ...config } as TunnelingConfig,
      request: newRequestHeaders('CONNECT', '', 'a:1'),
      filterState,
      owner: {
        onUpstreamData: (data, end) => void events.push(`got ${text(data)}${end ? ' end' : ''}`),
        onUpstreamClosed: (reset) => void events.push(`closed ${reset}`),
        onUpstreamBackedUp: (backedUp) => void events.push(`backed up ${backedUp}`),
      },
    },
    {
      onTunnelReady: () => void events.push('ready'),
      onTunnelFailure: (reason, failure, host) => void events.push(`failed ${reason} ${failure} ${host?.clusterName}`),
    },
  )
  const httpPool: HttpPool = {
    host: HOST,
    newStream: (ofResponse, callbacks) => {
      decoder = ofResponse
      pool = callbacks
      return { cancel: () => void events.push('cancelled') }
    },
  }
  tunnel.start(httpPool)
  const ask = (): ResponseDecoder => {
    pool!.onPoolReady(encoder, failedUpstream(HOST, ''), 'HTTP/1.1')
    return decoder!
  }
  return { tunnel, events, filterState, pool: pool!, ask }
}

function bytes(content: string): ByteQueue {
  const queue = new ByteQueue()
  queue.push(Buffer.from(content))
  return queue
}

const ASKED = ['tunnels', 'CONNECT a:1']

describe('a tunnel', () => {
  test('opens with a 2xx, carries bytes both ways and ends with its connection', () => {
    const h = harness()
    const answer = h.ask()
    answer.decode1xx(newResponseHeaders(100))
    answer.decodeHeaders(newResponseHeaders(201), false)
    h.tunnel.write(bytes('hello'), false)
    answer.decodeData(bytes('world'), false)
    answer.onReset('connection-termination', '')
    answer.onReset('connection-termination', '')
    expect(h.events).toEqual([...ASKED, 'ready', 'sent hello', 'got world', 'closed false'])
  })

  test.each([
    [101, false],
    [200, true],
    [302, false],
    [503, true],
  ])('%d with end %p opens none', (status, end) => {
    const h = harness()
    h.ask().decodeHeaders(newResponseHeaders(status), end)
    const failure = `failed remote-connection-failure tunnel_response:${status} app`
    expect(h.events).toEqual([...ASKED, 'reset local-reset', failure])
  })

  test('a connection that breaks off before the answer is a failed attempt', () => {
    const h = harness()
    h.ask().onReset('connection-termination', '')
    expect(h.events).toEqual([...ASKED, 'reset local-reset', 'failed remote-connection-failure  app'])
  })

  test('given up: while it waits for a connection nothing is told, afterwards it has failed', () => {
    const waiting = harness()
    waiting.tunnel.cancel()
    expect(waiting.events).toEqual(['cancelled'])
    const asked = harness()
    asked.ask()
    asked.tunnel.cancel()
    expect(asked.events).toEqual([...ASKED, 'reset local-reset', 'failed remote-connection-failure  app'])
  })

  test('a pool that has no stream', () => {
    const h = harness()
    h.pool.onPoolFailure('overflow', '', undefined)
    expect(h.events).toEqual(['failed overflow  undefined'])
  })

  test('the end of the client ends it', () => {
    const h = harness()
    const answer = h.ask()
    answer.decodeHeaders(newResponseHeaders(200), false)
    h.tunnel.onDownstreamEnd()
    h.tunnel.write(bytes('late'), true)
    answer.decodeData(bytes('late'), false)
    answer.onReset('local-reset', '')
    expect(h.events).toEqual([...ASKED, 'ready', 'reset local-reset'])
  })

  test('what the answer says goes into the filter state', () => {
    const h = harness({ propagatesResponseHeaders: true, propagatesResponseTrailers: true })
    const answer = h.ask()
    const headers = newResponseHeaders(200)
    headers.add('x-a', 'b')
    answer.decodeHeaders(headers, false)
    const trailers = newResponseHeaders(0)
    trailers.add('t', 'v')
    answer.decodeTrailers(trailers)
    const json = (name: string): unknown => h.filterState.get(`envoy.tcp_proxy.${name}`)?.serializeAsJson?.()
    const status = { key: ':status', value: '200' }
    expect(json('propagate_response_headers')).toEqual({ headers: [status, { key: 'x-a', value: 'b' }] })
    expect(json('propagate_response_trailers')).toEqual({ headers: [{ key: 't', value: 'v' }] })
    expect(h.events.at(-1)).toBe('closed false')
  })
})
