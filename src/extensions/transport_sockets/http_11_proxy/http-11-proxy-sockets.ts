/** Connections to hosts lead through an HTTP/1.1 proxy, whoever names one. */
import type { Json } from '../../../api/config.ts'
import type { Address, Connection } from '../../../api/network.ts'
import type {
  CreateTransportSocket,
  HttpProxy,
  TransportHost,
  UpstreamTransportSockets,
} from '../../../api/transport-socket.ts'
import { HTTP_11_PROXY_INFO, Http11ProxyInfo } from '../../../network/http-11-proxy-info.ts'
import { PlainSocket } from './plain-socket.ts'
import { ConnectSocket } from './connect-socket.ts'
import type { EndpointProxy } from './endpoint-proxy.ts'
import { endpointProxy } from './endpoint-proxy.ts'

export class Http11ProxySockets implements UpstreamTransportSockets {
  readonly #defaultProxy: Address | undefined
  readonly #inner: UpstreamTransportSockets | undefined
  readonly #ofEndpoint: EndpointProxy | undefined
  /** What a proxy that the endpoint names is asked for. */
  readonly #target: string

  constructor(defaultProxy: Address | undefined, inner: UpstreamTransportSockets | undefined, host?: TransportHost) {
    this.#defaultProxy = defaultProxy
    this.#inner = inner
    this.#ofEndpoint =
      host && endpointProxy(host.metadata as Json | undefined, host.localityMetadata as Json | undefined)
    this.#target = host === undefined ? '' : targetOf(host)
  }

  poolKey(downstream: Connection): string {
    const info = infoOf(downstream)
    const proxy = info === undefined ? '' : `${info.address.text} ${info.target.toLowerCase()}`
    const inner = this.#inner?.poolKey(downstream) ?? ''
    return proxy === '' ? inner : `${proxy}-${inner}`
  }

  /** Only an endpoint's proxy is asked by CONNECT; for the others that is what TLS inside would ask for. */
  for(downstream: Connection | undefined): CreateTransportSocket {
    const inner = this.#inner?.for(downstream)
    const asks = this.#ofEndpoint !== undefined && this.#defaultProxy === undefined && infoOf(downstream) === undefined
    if (asks) return () => new ConnectSocket(this.#target, inner?.())
    return inner ?? (() => PLAIN)
  }

  forHost(host: TransportHost): UpstreamTransportSockets {
    return new Http11ProxySockets(this.#defaultProxy, this.#inner?.forHost?.(host) ?? this.#inner, host)
  }

  proxyFor(downstream: Connection | undefined): HttpProxy | undefined {
    const info = infoOf(downstream)
    if (info !== undefined) return { address: info.address, takesWholeUrls: true }
    const address = this.#ofEndpoint?.address ?? this.#defaultProxy
    return address === undefined ? undefined : { address, takesWholeUrls: false }
  }
}

const PLAIN = new PlainSocket()

function infoOf(downstream: Connection | undefined): Http11ProxyInfo | undefined {
  const info = downstream?.streamInfo.filterState.get(HTTP_11_PROXY_INFO)
  return info instanceof Http11ProxyInfo ? info : undefined
}

/** By name where the endpoint has one. */
function targetOf({ address, hostname }: TransportHost): string {
  return hostname === '' || address.kind !== 'ip' ? address.text : `${hostname}:${address.port}`
}
