/** What is known of a socket: plain fields, because listener filters may replace them. */
import type { Address, ConnectionInfo } from '../api/network.ts'

export class SocketInfo implements ConnectionInfo {
  localAddress: Address
  remoteAddress: Address
  readonly directRemoteAddress: Address
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
}

const NONE: readonly string[] = []
