/** The HTTP/1.1 proxy that a filter has chosen for the upstream connections of its own connection; it has no text. */
import type { IpAddress } from '../api/network.ts'
import type { FilterStateObject } from '../api/stream-info.ts'
import { parseIpPort } from './ip-port.ts'

/** Where a connection's filter state has it. */
export const HTTP_11_PROXY_INFO = 'envoy.network.transport_socket.http_11_proxy.info'

export class Http11ProxyInfo implements FilterStateObject {
  /** What the proxy is asked for. */
  readonly target: string
  readonly address: IpAddress

  private constructor(target: string, address: IpAddress) {
    this.target = target
    this.address = address
  }

  /** `target,ip:port`; undefined for anything else. */
  static parse(text: string): Http11ProxyInfo | undefined {
    const [target, place, ...more] = text.split(',')
    const address = place === undefined || more.length > 0 ? undefined : parseIpPort(place)
    return target === undefined || address === undefined ? undefined : new Http11ProxyInfo(target, address)
  }

  serializeAsString(): undefined {
    return undefined
  }
}
