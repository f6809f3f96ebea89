/** What is known of a socket: plain fields, because listener filters may replace them. */
import type { Address, ConnectionInfo, UpstreamSource } from '../api/network.ts'

export class SocketInfo implements ConnectionInfo {
  localAddress: Address
  remoteAddress: Address
  readonly directRemoteAddress: Address
  // Few connections have these: they are no fields before somebody sets them.
  declare directLocalAddress?: Address
  declare ja3Hash?: string
  declare ja4Hash?: string
  declare upstreamSource?: UpstreamSource
  requestedServerName = ''
  /** What Envoy assumes when no listener filter looked. */
  detectedTransportProtocol = 'raw_buffer'
  requestedApplicationProtocols: readonly string[] = NONE
  nextProtocol = ''

  constructor(localAddress: Address, remoteAddress: Address) {
    this.localAddress = localAddress
    this.remoteAddress = remoteAddress
    this.directRemoteAddress = remoteAddress
  }

  restoreLocalAddress(address: Address): void {
    this.directLocalAddress ??= this.localAddress
    this.localAddress = address
  }
}

const NONE: readonly string[] = []
