import type { ByteQueue } from './bytes.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from './headers.ts'
import type { DecoderCallbacks } from './http.ts'
import type { HashPolicy, RetryPolicy } from './route.ts'
import type { Cancellable } from './upstream.ts'

/*
 * HTTP requests of our own, over one cluster of this thread (Envoy's Http::AsyncClient): they have a router filter like those of
 * clients, with its balancing, retries, timeouts and circuit breakers.
 *
 * What the router answers by itself is a response like any other: 503 without a healthy host or without the cluster, 504
 * when the timeout is over. Callbacks may come before the call that began the request returns, and none comes after the
 * last one or after a cancel. Everything happens on the thread of the caller.
 */

export interface AsyncRequestOptions {
  /** ms until the whole response is there, from when the request is complete; 0: none. Default 0. */
  readonly timeoutMs?: number
  readonly retryPolicy?: RetryPolicy | undefined
  readonly hashPolicy?: HashPolicy | undefined
  /** Adds x-envoy-internal and this machine to x-forwarded-for. Default true. */
  readonly tellsOrigin?: boolean
  /** Bytes of the request that are kept for retries; 0: all. Default 0. */
  readonly bufferLimitBytes?: number
  /** Who takes the response, perhaps slowly. Default: it is taken at once. */
  readonly reader?: ResponseReader
}

/** Tells those who are registered when it has enough of a response for now, and when it wants more; calls are paired. */
export type ResponseReader = Pick<
  DecoderCallbacks,
  'addDownstreamWatermarkCallbacks' | 'removeDownstreamWatermarkCallbacks'
>

export interface AsyncMessageOptions extends AsyncRequestOptions {
  /** Longest body of a response. Default: the runtime's `http.async_response_buffer_limit`, or 32 MiB. */
  readonly maxResponseBytes?: number
}

export interface AsyncResponse {
  readonly headers: ResponseHeaders
  readonly body: ByteQueue
  readonly trailers: Trailers | undefined
}

/** reset: the upstream gave up in the middle of its response. */
export type AsyncFailure = 'reset' | 'response-too-large'

export interface AsyncCallbacks {
  onResponse(response: AsyncResponse): void
  onFailure(failure: AsyncFailure): void
}

/** `end` and trailers are the last of a response. */
export interface AsyncStreamCallbacks {
  onHeaders(headers: ResponseHeaders, end: boolean): void
  /** What stays in `data` is lost. */
  onData(data: ByteQueue, end: boolean): void
  onTrailers(trailers: Trailers): void
  /** There will be no more of the response. */
  onReset(): void
  /** The upstream takes the request too slowly, or fast enough again; calls are paired. */
  onBackedUp?(backedUp: boolean): void
}

export interface AsyncStream {
  /** Once, first. The headers are the stream's from then on. */
  sendHeaders(headers: RequestHeaders, end: boolean): void
  /** Takes what is in `data`. */
  sendData(data: ByteQueue, end: boolean): void
  sendTrailers(trailers: Trailers): void
  /** No callback comes after this. */
  reset(): void
}

export interface AsyncClient {
  /** A whole request for a whole response. undefined when the callback was already made. */
  send(
    headers: RequestHeaders,
    body: ByteQueue | undefined,
    callbacks: AsyncCallbacks,
    options?: AsyncMessageOptions,
  ): Cancellable | undefined
  start(callbacks: AsyncStreamCallbacks, options?: AsyncRequestOptions): AsyncStream
}
