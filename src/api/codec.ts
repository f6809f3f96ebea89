import type { ByteQueue, ComposedBytes } from './bytes.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from './headers.ts'

/*
 * HTTP codecs are pure: bytes in, events out, and back. They know no socket, timer, promise or log, never
 * throw on input, and hold any number of streams, so that HTTP/1 and HTTP/2 look alike from above.
 *
 * Ownership of bytes: the chunk given to `dispatch` belongs to the codec from then on (it may lower-case
 * it in place and hand out views on it). Queues given to a decoder are the callee's during the call: it
 * takes what it wants with moveTo; the codec reuses the queue object afterwards and drops what is left.
 */

export type Protocol = 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2' | 'HTTP/3'

/** Why a stream ended before both sides were complete. */
export type ResetReason =
  | 'local-reset' // we gave up (cancelled, timed out)
  | 'local-refused-stream-reset'
  | 'remote-reset' // RST_STREAM by the peer
  | 'remote-refused-stream-reset'
  | 'connection-failure' // could not connect
  | 'local-connection-failure'
  | 'remote-connection-failure'
  | 'connection-timeout'
  | 'connection-termination' // the connection went away under the stream
  | 'overflow' // circuit breaker
  | 'protocol-error'
  | 'overload-manager'
  | 'http1-premature-upstream-half-close'

/** The peer broke the protocol; the connection cannot go on (HTTP/1) or must be closed (HTTP/2). */
export interface ProtocolError {
  /** What to answer where an answer is still possible: 400, 426, 431, 501, 502. 0: none (HTTP/2). */
  readonly status: number
  /** %RESPONSE_CODE_DETAILS%, for instance `http1.codec_error`. */
  readonly details: string
  /** Body of the local reply, for instance `Bad Request`. */
  readonly body: string
  /** For the log, not for the peer. */
  readonly message: string
}

/** Where the server codec reports to; implemented by the connection manager. */
export interface ServerCodecSink {
  /** Once per request, before any call on the returned decoder. */
  newStream(encoder: ResponseEncoder): RequestDecoder
  /** Bytes for the peer, in order; strings are latin1. Many writes of one callback leave as one send. */
  write(chunk: Uint8Array | string): void
  /** As `write`, for bytes that are copied. */
  writeComposed(composed: ComposedBytes): void
  /** The peer sent GOAWAY (never with HTTP/1). */
  onGoAway(code: number): void
}

export interface ServerCodec {
  readonly protocol: Protocol
  /**
   * Parses `chunk` and calls the sink while parsing. HTTP/1: after a complete request the codec keeps the
   * remaining bytes until the response is complete (pipelining); `resume` then goes on with them.
   * After an error the codec is dead: later calls return the same error and call nobody.
   */
  dispatch(chunk: Uint8Array): ProtocolError | undefined
  /** Goes on with kept bytes. Call it from a safe point (no decoder of this codec on the stack). */
  resume(): ProtocolError | undefined
  /** Bytes received but kept because a response is still due. */
  readonly pendingBytes: number
  /** The peer closed its writing side. */
  onPeerEnd(): ProtocolError | undefined
  /** HTTP/2: final GOAWAY; HTTP/1: nothing. */
  goAway(): void
  /** HTTP/2: GOAWAY with the highest id, new streams still welcome; HTTP/1: nothing. */
  shutdownNotice(): void
  /**
   * The write buffer of the connection crossed its limits: told to every stream. HTTP/1 begins no request while it is
   * full; call `resume` after it is not any more.
   */
  onAboveHighWatermark(): void
  onBelowLowWatermark(): void
}

/** Receives one request. Calls come in order: headers, data*, trailers?; `end` true exactly once unless reset. */
export interface RequestDecoder {
  decodeHeaders(headers: RequestHeaders, end: boolean): void
  decodeData(data: ByteQueue, end: boolean): void
  decodeTrailers(trailers: Trailers): void
  /** The stream is gone; nothing is called after it. Not called when both sides completed. */
  onReset(reason: ResetReason, detail: string): void
  onAboveHighWatermark(): void
  onBelowLowWatermark(): void
}

/** Sends one response. Methods are harmless after the stream ended or was reset. */
export interface ResponseEncoder {
  /** The stream goes on with another decoder, whose request is complete. */
  setRequestDecoder(decoder: RequestDecoder): void
  /** 100, 103 … (and nothing else of the head). */
  encode1xx(headers: ResponseHeaders): void
  /** The encoder reads the map during the call and adds framing; `connection: close` in it ends keep-alive (HTTP/1). */
  encodeHeaders(headers: ResponseHeaders, end: boolean): void
  encodeData(data: ByteQueue, end: boolean): void
  encodeTrailers(trailers: Trailers): void
  /** Ends the stream abnormally. HTTP/1: the connection must be closed by the caller (see `resetNeedsClose`). */
  reset(reason: ResetReason): void
  /** Stop or go on delivering request body to the decoder; counted. */
  readDisable(disable: boolean): void
  /** True when a reset of this stream means closing the connection (HTTP/1). */
  readonly resetNeedsClose: boolean
  /** Bytes of the wire used by this stream so far, both directions. */
  readonly meter: BytesMeter
}

/** Bytes of one stream on the wire. */
export interface BytesMeter {
  /** Names and values, and three a field; no first line, no blanks that are not part of a value. */
  headerBytesReceived: number
  /** Without the first line: `name: value` and a line end for each field. */
  headerBytesSent: number
  /** Of heads alone, where the others count trailers as well. Each head adds all that the meter has got to then. */
  decompressedHeaderBytesReceived: number
  /** Of whole pieces of input: what is looked at again later (a request behind another one) counts again. */
  wireBytesReceived: number
  wireBytesSent: number
}

/** Where the client codec reports to; implemented by an upstream connection. */
export interface ClientCodecSink {
  write(chunk: Uint8Array | string): void
  /** As `write`, for bytes that are copied. */
  writeComposed(composed: ComposedBytes): void
  onGoAway(code: number): void
}

export interface ClientCodec {
  readonly protocol: Protocol
  /** Starts a request; HTTP/1 allows one at a time. */
  newStream(decoder: ResponseDecoder): RequestEncoder
  /** Parses `chunk` and calls decoders while parsing; after an error the codec is dead. */
  dispatch(chunk: Uint8Array): ProtocolError | undefined
  /** The peer closed its writing side: completes a response that is delimited by the end of the connection. */
  onPeerEnd(): ProtocolError | undefined
  /** False when the last response forbids reuse (`connection: close`, delimited by close, leftovers). */
  readonly reusable: boolean
  onAboveHighWatermark(): void
  onBelowLowWatermark(): void
}

/** Receives one response. Calls come in order: 1xx*, headers, data*, trailers?; `end` true exactly once unless reset. */
export interface ResponseDecoder {
  /** Whatever is informational but a 101; which of them mean something is the receiver's to say. */
  decode1xx(headers: ResponseHeaders): void
  decodeHeaders(headers: ResponseHeaders, end: boolean): void
  decodeData(data: ByteQueue, end: boolean): void
  decodeTrailers(trailers: Trailers): void
  /** The stream is gone; nothing is called after it. */
  onReset(reason: ResetReason, detail: string): void
  /** The connection's write buffer is full: stop producing request body until the other call. */
  onAboveHighWatermark(): void
  onBelowLowWatermark(): void
}

/** Sends one request. Methods are harmless after the stream ended or was reset. */
export interface RequestEncoder {
  /**
   * Before the headers, by who carries a connection of its own in the request: where a request cannot end by itself
   * (HTTP/1), its end is that of the upstream connection, once everything is sent. CONNECT does so anyway.
   */
  enableTcpTunneling?(): void
  /** Returns what makes the request unsendable (missing :path …), or undefined. */
  encodeHeaders(headers: RequestHeaders, end: boolean): string | undefined
  encodeData(data: ByteQueue, end: boolean): void
  encodeTrailers(trailers: Trailers): void
  reset(reason: ResetReason): void
  readDisable(disable: boolean): void
  readonly meter: BytesMeter
}
