/** A user of a pool that writes down what it is told. */
import type { ByteQueue } from '../../api/bytes.ts'
import type { Protocol, RequestEncoder, ResetReason, ResponseDecoder } from '../../api/codec.ts'
import type { ResponseHeaders } from '../../api/headers.ts'
import type { UpstreamInfo } from '../../api/stream-info.ts'
import type { Cancellable, PoolCallbacks, PoolFailure } from '../../api/upstream.ts'

export class RecordedStream implements ResponseDecoder, PoolCallbacks {
  /** `ready`, `200`, `body:x`, `end`, `reset:…`, `failure:…`. */
  readonly events: string[] = []
  encoder: RequestEncoder | undefined = undefined
  upstream: UpstreamInfo | undefined = undefined
  cancellable: Cancellable | undefined = undefined
  onReady: (encoder: RequestEncoder) => void = () => undefined

  onPoolReady(encoder: RequestEncoder, upstream: UpstreamInfo, _protocol: Protocol): void {
    this.encoder = encoder
    this.upstream = upstream
    this.events.push('ready')
    this.onReady(encoder)
  }

  onPoolFailure(reason: PoolFailure, transportFailureReason: string): void {
    this.events.push(`failure:${reason}${transportFailureReason === '' ? '' : `:${transportFailureReason}`}`)
  }

  decode1xx(headers: ResponseHeaders): void {
    this.events.push(`1xx:${headers.status}`)
  }

  decodeHeaders(headers: ResponseHeaders, end: boolean): void {
    this.events.push(String(headers.status))
    if (end) this.events.push('end')
  }

  decodeData(data: ByteQueue, end: boolean): void {
    if (data.length > 0) this.events.push(`body:${Buffer.from(data.linearize()).toString('latin1')}`)
    if (end) this.events.push('end')
  }

  decodeTrailers(): void {
    this.events.push('trailers', 'end')
  }

  onReset(reason: ResetReason): void {
    this.events.push(`reset:${reason}`)
  }

  onAboveHighWatermark(): void {
    this.events.push('above')
  }

  onBelowLowWatermark(): void {
    this.events.push('below')
  }
}
