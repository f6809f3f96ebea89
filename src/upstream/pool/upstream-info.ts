/** What a stream learns about the upstream connection that carries it. */
import type { BytesMeter, Protocol } from '../../api/codec.ts'
import type { Address, Connection } from '../../api/network.ts'
import type { UpstreamInfo } from '../../api/stream-info.ts'
import type { Host } from '../../api/upstream.ts'

export class PooledUpstreamInfo implements UpstreamInfo {
  host: Host | undefined
  localAddress: Address | undefined
  remoteAddress: Address | undefined
  transportFailureReason = ''
  connectionId: number | undefined
  protocol: Protocol | undefined
  meter: BytesMeter | undefined
  firstTxByte: number | undefined = undefined
  lastTxByte: number | undefined = undefined
  firstRxByte: number | undefined = undefined
  lastRxByte: number | undefined = undefined
  connectStart: number | undefined
  connectEnd: number | undefined
  numStreams: number
  attemptedHosts: Host[] | undefined = undefined

  constructor(
    host: Host,
    connection: Connection,
    protocol: Protocol | undefined,
    meter: BytesMeter | undefined,
    times: { readonly connectStart: number; readonly connectEnd: number },
    numStreams: number,
  ) {
    this.host = host
    this.localAddress = connection.info.localAddress
    this.remoteAddress = connection.info.remoteAddress
    this.connectionId = connection.id
    this.protocol = protocol
    this.meter = meter
    this.connectStart = times.connectStart
    this.connectEnd = times.connectEnd
    this.numStreams = numStreams
  }
}
