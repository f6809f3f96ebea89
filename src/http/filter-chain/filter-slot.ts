/** A filter's place in one direction of the chain: its iteration state, and what both kinds of callbacks share. */
import type { ResetReason } from '../../api/codec.ts'
import type { Dispatcher } from '../../api/event.ts'
import type { ByteQueue } from '../../api/bytes.ts'
import type { Trailers } from '../../api/headers.ts'
import type { DataStatus, FilterCallbacks, HeadersStatus, LocalReply, TrailersStatus } from '../../api/http.ts'
import type { Connection } from '../../api/network.ts'
import type { Route } from '../../api/route.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import type { StreamTrace } from '../../api/tracing.ts'
import type { FilterStream } from './filter-stream.ts'
import { ITERATING, type IterationState } from './iteration-state.ts'

const NONE: readonly unknown[] = []

export abstract class FilterSlot<H> implements FilterCallbacks {
  readonly filterName: string
  protected readonly stream: FilterStream
  /** Position in the order of iteration of its direction. */
  index = 0
  /** Where a watchdog finds the thread while it is in the filter. */
  place = 0
  state: IterationState = ITERATING
  /** The headers have gone on to the next filter. */
  headersContinued = false
  /** This filter was told the end of the message. */
  endStream = false
  /** A resumed stop-all filter gets the body that was held for it itself. */
  iterateFromHere = false

  constructor(stream: FilterStream, filterName: string) {
    this.stream = stream
    this.filterName = filterName
  }

  /** See `StreamFilterBase`. */
  abstract get keepsNoBody(): boolean
  abstract callHeaders(headers: H, end: boolean): HeadersStatus
  abstract callData(data: ByteQueue, end: boolean): DataStatus
  abstract callTrailers(trailers: Trailers): TrailersStatus
  abstract callComplete(): void

  get dispatcher(): Dispatcher {
    return this.stream.dispatcher
  }

  get streamInfo(): StreamInfo {
    return this.stream.streamInfo
  }

  get trace(): StreamTrace | undefined {
    return this.stream.trace
  }

  get connection(): Connection | undefined {
    return this.stream.connection
  }

  get route(): Route | undefined {
    return this.stream.route
  }

  get streamRandom(): number {
    return this.stream.streamRandom
  }

  get perRouteConfig(): unknown {
    return this.stream.route?.perFilterConfig(this.filterName)
  }

  get perRouteConfigs(): readonly unknown[] {
    return this.stream.route?.perFilterConfigs(this.filterName) ?? NONE
  }

  clearRouteCache(): void {
    this.stream.clearRouteCache()
  }

  requestRouteConfigUpdate(done: (found: boolean) => void): void {
    this.stream.requestRouteConfigUpdate(done)
  }

  setRoute(route: Route): void {
    this.stream.setRoute(route)
  }

  resetStream(reason: ResetReason, detail: string): void {
    this.stream.resetStream(reason, detail)
  }

  sendLocalReply(reply: LocalReply): void {
    this.stream.streamInfo.localReplyOwner ||= this.filterName
    this.stream.sendLocalReply(reply)
  }
}
