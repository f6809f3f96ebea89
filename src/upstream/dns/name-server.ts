/** One DNS server, and what its answers so far say of it, as c-ares keeps it. */

export interface NameServer {
  /** `ip:port` */
  readonly address: string
  /** Place in the list. */
  readonly index: number
  readonly latency: LatencyHistory
  /** In a row. */
  failures: number
  /** While it fails: not to be tried for its own sake before. */
  retryAtMs: number
  /** A question is under way that is to find out whether it is back. */
  probed: boolean
}

export function createNameServer(address: string, index: number): NameServer {
  return { address, index, latency: new LatencyHistory(), failures: 0, retryAtMs: 0, probed: false }
}

interface Bucket {
  readonly spanMs: number
  span: number
  totalMs: number
  count: number
  before: { readonly span: number; readonly totalMs: number; readonly count: number }
}

const MINUTE_MS = 60_000
/** The last one never ends. */
const SPANS_MS = [MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS, 24 * 60 * MINUTE_MS, Number.POSITIVE_INFINITY]
const FEWEST = 3
const NONE = { span: -1, totalMs: 0, count: 0 }

/** How long answers took: the mean of the newest span that has seen enough of them. */
export class LatencyHistory {
  readonly #buckets: readonly Bucket[] = SPANS_MS.map((spanMs) => ({ spanMs, ...NONE, before: NONE }))

  record(ms: number, nowMs: number): void {
    for (const bucket of this.#buckets) {
      const span = Math.floor(nowMs / bucket.spanMs)
      if (span !== bucket.span) {
        bucket.before = { span: bucket.span, totalMs: bucket.totalMs, count: bucket.count }
        Object.assign(bucket, { span, totalMs: 0, count: 0 })
      }
      bucket.totalMs += Math.max(1, Math.floor(ms))
      bucket.count++
    }
  }

  /** In milliseconds; undefined: too few answers. */
  mean(nowMs: number): number | undefined {
    for (const bucket of this.#buckets) {
      const span = Math.floor(nowMs / bucket.spanMs)
      const { before } = bucket
      if (bucket.span === span && bucket.count >= FEWEST) return Math.floor(bucket.totalMs / bucket.count)
      const last = bucket.span === span ? before : bucket
      if (last.span === span - 1 && last.count >= FEWEST) return Math.floor(last.totalMs / last.count)
    }
    return undefined
  }
}
