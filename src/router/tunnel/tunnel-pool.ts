/** Hands out plain connections to a host as streams: for requests whose bodies are a connection's bytes. */
import type { ResponseDecoder } from '../../api/codec.ts'
import type { RequestHeaders } from '../../api/headers.ts'
import type { ConnectConfig } from '../../api/route.ts'
import type { Cancellable, Host, HttpPool, PoolCallbacks, TcpPool, TcpPoolCallbacks } from '../../api/upstream.ts'
import { TcpUpstream } from './tcp-upstream.ts'

export function isTunnel({ method, protocol }: RequestHeaders, config: ConnectConfig | undefined): boolean {
  if (config === undefined) return false
  const { allowsPost } = config
  return (method === 'CONNECT' && protocol === undefined) || (allowsPost && method === 'POST')
}

export class TunnelPool implements HttpPool {
  readonly host: Host
  readonly #pool: TcpPool
  readonly #preface: string

  /** `preface` is sent in front of everything. */
  constructor(host: Host, pool: TcpPool, preface: string) {
    this.host = host
    this.#pool = pool
    this.#preface = preface
  }

  newStream(decoder: ResponseDecoder, callbacks: PoolCallbacks): Cancellable | undefined {
    const ofConnection: TcpPoolCallbacks = {
      onPoolReady: (connection, upstream) => {
        const encoder = new TcpUpstream(connection, this.#preface, decoder)
        upstream.meter = encoder.meter
        callbacks.onPoolReady(encoder, upstream, 'HTTP/1.1')
      },
      onPoolFailure: (reason, transportFailure, host) => callbacks.onPoolFailure(reason, transportFailure, host),
    }
    return this.#pool.newConnection(ofConnection, 'keep')
  }
}
