/** Looks whether a connection without TLS speaks HTTP, and which. */
import type { ListenerFilter, ListenerFilterBuffer, ListenerFilterCallbacks } from '../../../../api/listener-filter.ts'
import type { FilterStatus } from '../../../../api/network.ts'
import type { Counter } from '../../../../api/stats.ts'
import type { DetectedHttp } from '../../../../codec/http1/http-detector.ts'
import { HttpDetector } from '../../../../codec/http1/http-detector.ts'

export interface HttpInspectorStats {
  readonly found: Readonly<Record<DetectedHttp, Counter>>
  readonly notFound: Counter
  /** A request line that never ends. */
  readonly readError: Counter
}

const FIRST_LOOK = 8 * 1024
const LAST_LOOK = 64 * 1024

export class HttpInspectorFilter implements ListenerFilter {
  maxReadBytes = FIRST_LOOK
  readonly #stats: HttpInspectorStats
  readonly #detector = new HttpDetector()
  #callbacks: ListenerFilterCallbacks | undefined = undefined

  constructor(stats: HttpInspectorStats) {
    this.#stats = stats
  }

  onAccept(callbacks: ListenerFilterCallbacks): FilterStatus {
    // What an inspector before this one found to be TLS is none of its business.
    if (callbacks.info.detectedTransportProtocol !== 'raw_buffer') return 'continue'
    this.#callbacks = callbacks
    return 'stop'
  }

  onData({ bytes }: ListenerFilterBuffer): FilterStatus {
    const callbacks = this.#callbacks
    if (callbacks === undefined) return 'continue'
    const found = this.#detector.look(bytes)
    if (found === 'more') return this.#waitForMore(bytes.length, callbacks)
    if (found === 'none') {
      this.#stats.notFound.inc()
    } else {
      this.#stats.found[found].inc()
      callbacks.info.requestedApplicationProtocols = [found]
    }
    return 'continue'
  }

  #waitForMore(seen: number, callbacks: ListenerFilterCallbacks): FilterStatus {
    if (seen >= LAST_LOOK) {
      this.#stats.readError.inc()
      callbacks.close()
    } else if (seen >= this.maxReadBytes) {
      this.maxReadBytes = Math.min(2 * this.maxReadBytes, LAST_LOOK)
    }
    return 'stop'
  }
}
