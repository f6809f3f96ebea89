/** Sizes and used time of one attempt, where its cluster keeps track of them (`track_cluster_stats`). */
import type { RequestHeaders, ResponseHeaders } from '../../api/headers.ts'
import type { ClusterTracking } from '../../api/upstream.ts'

export class AttemptTracker {
  readonly #tracking: ClusterTracking
  readonly #perTryMs: number
  #countsTime = true
  #responseBytes: number | undefined = undefined
  #responseFields = 0

  /** `perTryMs`: 0: unlimited. */
  constructor(tracking: ClusterTracking, perTryMs: number) {
    this.#tracking = tracking
    this.#perTryMs = perTryMs
  }

  /** The whole request took too long, which says nothing of one attempt. */
  dropTime(): void {
    this.#countsTime = false
  }

  onHeaders(headers: ResponseHeaders): void {
    this.#responseBytes = (this.#responseBytes ?? 0) + headers.byteSize
    this.#responseFields += headers.size + 1 // :status
  }

  /** Once: the attempt is over. */
  record(request: RequestHeaders, bytesSent: number, bytesReceived: number, elapsedMs: number): void {
    const { budgets, sizes } = this.#tracking
    if (this.#countsTime) budgets?.perTry.record(percentOf(elapsedMs, this.#perTryMs))
    if (sizes === undefined) return
    sizes.requestHeadersSize.record(request.byteSize)
    sizes.requestHeadersCount.record(fieldsOf(request))
    sizes.requestBodySize.record(bytesSent)
    if (this.#responseBytes === undefined) return
    sizes.responseHeadersSize.record(this.#responseBytes)
    sizes.responseHeadersCount.record(this.#responseFields)
    sizes.responseBodySize.record(bytesReceived)
  }
}

/** Pseudo-headers are some of them. */
function fieldsOf({ size, method, path, authority, scheme }: RequestHeaders): number {
  const pseudo = [method, path, authority, scheme].filter((each) => each !== undefined && each !== '')
  return size + pseudo.length
}

/** Of a limit of 0 nothing is ever used. */
export function percentOf(ms: number, limitMs: number): number {
  return limitMs === 0 ? 0 : Math.floor((ms * 100) / limitMs)
}
