/** Connections to hosts begin with a PROXY protocol header that names the client, or says that there is none. */
import type { Connection } from '../../../api/network.ts'
import type { Counter } from '../../../api/stats.ts'
import type { Host } from '../../../api/upstream.ts'
import type {
  CreateTransportSocket,
  HttpProxy,
  TransportConnection,
  TransportHost,
  TransportSocket,
  UpstreamTransportSockets,
} from '../../../api/transport-socket.ts'
import { PROXY_PROTOCOL_OPTIONS, ProxyProtocolOptions } from '../../../codec/proxy_protocol/proxy-protocol-options.ts'
import type { Tlv } from '../../../codec/proxy_protocol/read-tlvs.ts'
import {
  fittingTlvs,
  proxyProtocolHeader,
  proxyProtocolLocalHeader,
} from '../../../codec/proxy_protocol/write-header.ts'
import { formatTlvs } from '../../../formatter/tlv-entry.ts'
import { failedUpstream } from '../../../router/failed-upstream.ts'
import type { ProxyProtocolConfig } from './config.ts'
import { hostTlvs } from './host-tlvs.ts'

export class ProxyProtocolSockets implements UpstreamTransportSockets {
  readonly #config: ProxyProtocolConfig
  /** Headers that had more extensions than they can hold. */
  readonly #tooLong: Counter
  readonly #inner: UpstreamTransportSockets | undefined
  readonly #host: TransportHost | undefined
  readonly #hostTlvs: readonly Tlv[]

  constructor(
    config: ProxyProtocolConfig,
    tooLong: Counter,
    inner: UpstreamTransportSockets | undefined,
    host?: TransportHost,
  ) {
    this.#config = config
    this.#tooLong = tooLong
    this.#inner = inner
    this.#host = host
    this.#hostTlvs = hostTlvs(host?.metadata)
  }

  poolKey(downstream: Connection): string {
    const options = optionsOf(downstream)
    if (options === undefined) return this.#inner?.poolKey(downstream) ?? ''
    const { source, destination, tlvs } = options
    const extensions = this.#config.tlvsKeepApart ? tlvs.map(textOf).join() : ''
    return `${source.text}-${destination.text}-${extensions}-${this.#inner?.poolKey(downstream) ?? ''}`
  }

  for(downstream: Connection | undefined): CreateTransportSocket {
    const options = downstream === undefined ? undefined : optionsOf(downstream)
    const inner = this.#inner?.for(downstream)
    return () => new ProxyProtocolSocket((connection) => this.#header(options, connection), inner?.())
  }

  forHost(host: TransportHost): UpstreamTransportSockets {
    const inner = this.#inner?.forHost?.(host) ?? this.#inner
    return new ProxyProtocolSockets(this.#config, this.#tooLong, inner, host)
  }

  proxyFor(downstream: Connection | undefined): HttpProxy | undefined {
    return this.#inner?.proxyFor?.(downstream)
  }

  #header(options: ProxyProtocolOptions | undefined, connection: TransportConnection): string {
    const { version } = this.#config
    if (options === undefined) return this.#ownHeader(connection)
    const { source, destination, tlvs } = options
    if (version === 'V1') return proxyProtocolHeader(version, source, destination)
    const all = this.#extensions(tlvs, connection)
    const fitting = fittingTlvs(source, all)
    if (fitting.length < all.length) this.#tooLong.inc()
    return proxyProtocolHeader(version, source, destination, fitting)
  }

  /** Those of the host, then our own of other types, then the client's, where they may pass. */
  #extensions(told: readonly Tlv[], { streamInfo }: TransportConnection): readonly Tlv[] {
    const { added, passThrough } = this.#config
    const ofHost = this.#hostTlvs
    if (added.some(({ value }) => !(value instanceof Uint8Array))) {
      // Hosts of connections are known to whoever asks the cluster for them, which formats here do not.
      streamInfo.upstream ??= failedUpstream(this.#host as Host | undefined, '')
    }
    const own = formatTlvs(added, streamInfo).filter(({ type }) => !ofHost.some((each) => each.type === type))
    const custom = [...ofHost, ...own]
    const passed = told.filter(
      ({ type }) => (passThrough === 'all' || passThrough.has(type)) && !custom.some((each) => each.type === type),
    )
    return [...custom, ...passed]
  }

  /** Nobody's connection but the proxy's. */
  #ownHeader({ info }: TransportConnection): string {
    if (this.#config.version === 'V2') return proxyProtocolLocalHeader()
    return proxyProtocolHeader('V1', info.localAddress, info.remoteAddress)
  }
}

/** What the client's own header said, else what its connection says; undefined: it is not to be told of. */
function optionsOf({ streamInfo, info }: Connection): ProxyProtocolOptions | undefined {
  const options = streamInfo.filterState.get(PROXY_PROTOCOL_OPTIONS)
  if (options instanceof ProxyProtocolOptions) return options
  if (options !== undefined) return undefined
  return new ProxyProtocolOptions(info.remoteAddress, info.localAddress, [])
}

function textOf({ type, value }: Tlv): string {
  return `${type}:${Buffer.from(value).toString('base64')}`
}

class ProxyProtocolSocket implements TransportSocket {
  readonly #header: (connection: TransportConnection) => string
  readonly #inner: TransportSocket | undefined

  constructor(header: (connection: TransportConnection) => string, inner: TransportSocket | undefined) {
    this.#header = header
    this.#inner = inner
  }

  start(connection: TransportConnection, done: (failure?: string) => void): void {
    connection.write(this.#header(connection))
    if (this.#inner === undefined) done()
    else this.#inner.start(connection, done)
  }
}
