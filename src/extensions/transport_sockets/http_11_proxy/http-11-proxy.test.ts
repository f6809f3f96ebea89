import { describe, expect, test } from 'bun:test'
import type { Connection, ReadFilter, WriteFilter } from '../../../api/network.ts'
import type { TransportConnection, TransportHost } from '../../../api/transport-socket.ts'
import { ByteQueue } from '../../../base/byte-queue.ts'
import { parseIpAddress } from '../../../network/address.ts'
import { HTTP_11_PROXY_INFO, Http11ProxyInfo } from '../../../network/http-11-proxy-info.ts'
import { ConnectSocket } from './connect-socket.ts'
import { Http11ProxySockets } from './http-11-proxy-sockets.ts'

const NAMESPACE = 'envoy.http11_proxy_transport_socket.proxy_address'
const DEFAULT = parseIpAddress('10.0.0.1', 1)

function metadata(port: number, type = 'envoy.config.core.v3.Address'): object {
  const said = { '@type': `type.googleapis.com/${type}`, socket_address: { address: '10.0.0.2', port_value: port } }
  return { typed_filter_metadata: { [NAMESPACE]: said } }
}

function host(more: object = {}): TransportHost {
  return { address: parseIpAddress('10.9.9.9', 80), hostname: '', ...more }
}

function client(state?: string): Connection {
  const info = state === undefined ? undefined : Http11ProxyInfo.parse(state)
  const filterState = new Map(info === undefined ? [] : [[HTTP_11_PROXY_INFO, info]])
  return { streamInfo: { filterState } } as unknown as Connection
}

describe('which proxy', () => {
  const at = (sockets: Http11ProxySockets, of: TransportHost, downstream?: Connection): unknown => {
    const proxy = sockets.forHost(of).proxyFor?.(downstream)
    return proxy && [proxy.address.text, proxy.takesWholeUrls]
  }
  const plain = new Http11ProxySockets(undefined, undefined)
  const withDefault = new Http11ProxySockets(DEFAULT, undefined)

  test('none, the default, the endpoint, its locality, the connection', () => {
    expect(at(plain, host())).toBeUndefined()
    expect(at(withDefault, host())).toEqual(['10.0.0.1:1', false])
    expect(at(withDefault, host({ metadata: metadata(2) }))).toEqual(['10.0.0.2:2', false])
    expect(at(plain, host({ metadata: metadata(2), localityMetadata: metadata(3) }))).toEqual(['10.0.0.2:2', false])
    expect(at(plain, host({ localityMetadata: metadata(3) }))).toEqual(['10.0.0.2:3', false])
    expect(at(plain, host({ metadata: metadata(2, 'other') }))).toBeUndefined()
    expect(at(withDefault, host({ metadata: metadata(2) }), client('a:443,10.0.0.4:4'))).toEqual(['10.0.0.4:4', true])
    expect(at(plain, host(), client())).toBeUndefined()
  })

  test.each(['a', 'a,b', 'a,b:1', 'a,1.1.1.1:1,b'])('%s names none', (state) => {
    expect(at(plain, host(), client(state))).toBeUndefined()
  })

  test('clients with proxies of their own share no connections', () => {
    expect(plain.poolKey(client())).toBe('')
    expect(plain.poolKey(client('A,10.0.0.4:4'))).toBe(plain.poolKey(client('a,10.0.0.4:4')))
    expect(plain.poolKey(client('a,10.0.0.4:4'))).not.toBe(plain.poolKey(client('b,10.0.0.4:4')))
  })

  test('only the one of an endpoint is asked', () => {
    const asks = (sockets: Http11ProxySockets, of: TransportHost, downstream?: Connection): boolean =>
      sockets.forHost(of).for(downstream)() instanceof ConnectSocket
    const named = host({ metadata: metadata(2) })
    expect([asks(plain, host()), asks(plain, named), asks(withDefault, named)]).toEqual([false, true, false])
    expect(asks(plain, named, client('a,10.0.0.4:4'))).toBe(false)
  })
})

/** A connection whose filters are the socket's. */
function connected(target = 'a:1') {
  const seen = { written: '', received: '', closed: '', ready: 0 }
  let reads: ReadFilter | undefined
  let writes: WriteFilter | undefined
  const connection = {
    addReadFilter: (filter: ReadFilter) => void (reads = filter),
    addWriteFilter: (filter: WriteFilter) => void (writes = filter),
    close: (type: string) => void (seen.closed = type),
    write: (text: string | Uint8Array) => {
      const data = queueOf(text)
      if (writes!.onWrite(data, false) === 'continue') seen.written += textOf(data)
    },
  }
  new ConnectSocket(target, undefined).start(connection as unknown as TransportConnection, () => seen.ready++)
  const rest = new ByteQueue()
  const receive = (text: string, end = false): void => {
    queueOf(text).moveTo(rest)
    if (reads!.onData(rest, end) === 'continue') seen.received += textOf(rest)
  }
  return { seen, receive, write: (text: string) => connection.write(text) }
}

function queueOf(text: string | Uint8Array): ByteQueue {
  const queue = new ByteQueue()
  queue.push(typeof text === 'string' ? Buffer.from(text) : text)
  return queue
}

function textOf(data: ByteQueue): string {
  const text = Buffer.from(data.linearize()).toString()
  data.clear()
  return text
}

const ASKED = 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n'

describe('CONNECT', () => {
  test('what is written waits for the answer, what follows it is passed on', () => {
    const { seen, receive, write } = connected()
    expect([seen.ready, seen.written]).toEqual([1, ASKED])
    write('hello')
    for (const byte of 'HTTP/1.1 200 OK\r\nx: y\r\n\r') receive(byte)
    expect([seen.written, seen.received]).toEqual([ASKED, ''])
    receive('\nwor')
    receive('ld')
    write('!')
    expect([seen.written, seen.received, seen.closed]).toEqual([`${ASKED}hello!`, 'world', ''])
  })

  test.each(['HTTP/1.1 201 OK\r\n\r\n', 'HTTP/1.1 2000 OK\r\n\r\n', 'XX\r\n\r\n', 'x'.repeat(2000)])(
    'refused: %s',
    (answer) => {
      const { seen, receive, write } = connected()
      write('hello')
      receive(answer)
      expect([seen.closed, seen.written, seen.received]).toEqual(['no-flush', ASKED, ''])
    },
  )

  test('an end is no answer', () => {
    const { seen, receive } = connected()
    receive('', true)
    expect(seen.closed).toBe('no-flush')
  })
})
