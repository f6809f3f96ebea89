/** What a stream asks of the connection that it belongs to. */
import type { Protocol, RequestDecoder, ResponseEncoder } from '../api/codec.ts'
import type { Connection } from '../api/network.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { ManagerShared } from './manager-shared.ts'

/** A stream whose request is complete and was looked at before. */
export interface ReplacingStream extends RequestDecoder {
  /** Takes over what is known of the client and of what happened to the request so far. */
  follow(streamInfo: StreamInfo): void
}

export interface StreamOwner {
  readonly shared: ManagerShared
  readonly connection: Connection
  readonly protocol: Protocol
  /** One message after the other: what ends early takes the connection along. */
  readonly isHttp1: boolean
  /** Responses tell the client that the connection ends. */
  readonly draining: boolean
  /** The peer ended the connection. */
  readonly remoteClosed: boolean
  /** The connection's write buffer is above its limit. */
  readonly aboveHighWatermark: boolean

  startDrainSequence(): void
  /** Close once no stream is left. */
  closeWhenIdle(): void
  /** Reading of the socket: counted. */
  readDisable(disable: boolean): void
  /** A stream of the same client in the place of one that is about to end. It counts as one more request. */
  replaceStream(encoder: ResponseEncoder, lastOfConnection: boolean): ReplacingStream
  /** The stream is over and has been logged. */
  onStreamEnd(stream: unknown): void
  /** After `onStreamEnd`, with the response complete. `skipDelay`: nothing can be in flight from the client. */
  afterResponse(skipDelay: boolean): void
}
