/** Connections to hosts begin with a PROXY protocol header that names the client, or says that there is none. */
import type { Connection } from '../../../api/network.ts'
import type {
  CreateTransportSocket,
  TransportConnection,
  TransportSocket,
  UpstreamTransportSockets,
} from '../../../api/transport-socket.ts'
import { PROXY_PROTOCOL_OPTIONS, ProxyProtocolOptions } from '../../../codec/proxy_protocol/proxy-protocol-options.ts'
import type { Tlv } from '../../../codec/proxy_protocol/read-tlvs.ts'
import { proxyProtocolHeader, proxyProtocolLocalHeader } from '../../../codec/proxy_protocol/write-header.ts'
import type { ProxyProtocolConfig } from './config.ts'

export class ProxyProtocolSockets implements UpstreamTransportSockets {
  readonly #config: ProxyProtocolConfig
  readonly #inner: UpstreamTransportSockets | undefined

  constructor(config: ProxyProtocolConfig, inner: UpstreamTransportSockets | undefined) {
    this.#config = config
    this.#inner = inner
  }

  poolKey(downstream: Connection): string {
    const { source, destination, tlvs } = optionsOf(downstream)
    const extensions = this.#config.tlvsKeepApart ? tlvs.map(textOf).join() : ''
    return `${source.text}-${destination.text}-${extensions}-${this.#inner?.poolKey(downstream) ?? ''}`
  }

  for(downstream: Connection | undefined): CreateTransportSocket {
    const header = downstream === undefined ? undefined : this.#headerFor(optionsOf(downstream))
    const inner = this.#inner?.for(downstream)
    return () => new ProxyProtocolSocket(this.#config, header, inner?.())
  }

  #headerFor({ source, destination, tlvs }: ProxyProtocolOptions): string {
    const { version, added, passThrough } = this.#config
    const passed = tlvs.filter(
      ({ type }) => (passThrough === 'all' || passThrough.has(type)) && !added.some((each) => each.type === type),
    )
    return proxyProtocolHeader(version, source, destination, [...added, ...passed])
  }
}

/** What the client's own header said, else what its connection says. */
function optionsOf({ streamInfo, info }: Connection): ProxyProtocolOptions {
  const options = streamInfo.filterState.get(PROXY_PROTOCOL_OPTIONS)
  if (options instanceof ProxyProtocolOptions) return options
  return new ProxyProtocolOptions(info.remoteAddress, info.localAddress, [])
}

function textOf({ type, value }: Tlv): string {
  return `${type}:${Buffer.from(value).toString('base64')}`
}

class ProxyProtocolSocket implements TransportSocket {
  readonly #config: ProxyProtocolConfig
  readonly #header: string | undefined
  readonly #inner: TransportSocket | undefined

  constructor(config: ProxyProtocolConfig, header: string | undefined, inner: TransportSocket | undefined) {
    this.#config = config
    this.#header = header
    this.#inner = inner
  }

  start(connection: TransportConnection, done: (failure?: string) => void): void {
    connection.write(this.#header ?? this.#ownHeader(connection))
    if (this.#inner === undefined) done()
    else this.#inner.start(connection, done)
  }

  /** Nobody's connection but the proxy's. */
  #ownHeader({ info }: TransportConnection): string {
    if (this.#config.version === 'V2') return proxyProtocolLocalHeader()
    return proxyProtocolHeader('V1', info.localAddress, info.remoteAddress)
  }
}
