/**
 * The iteration over the filters of one direction, with Envoy's statuses. Decoder and encoder chains differ only in
 * the order of their filters and in what happens behind the last one (the hooks).
 *
 * Body that a filter holds back lies in one queue per direction: iteration goes on with that very queue, so that a
 * later filter which stops again does not copy it.
 */
import { ByteQueue } from '../../base/byte-queue.ts'
import { lentBytes } from '../../base/lent-bytes.ts'
import type { Trailers } from '../../api/headers.ts'
import type { DataStatus, HeadersStatus } from '../../api/http.ts'
import type { FilterSlot } from './filter-slot.ts'
import type { FilterStream } from './filter-stream.ts'
import {
  IN_DATA,
  IN_HEADERS,
  IN_TRAILERS,
  ITERATING,
  STOPPED,
  STOPPED_ALL_BUFFER,
  STOPPED_ALL_WATERMARK,
} from './iteration-state.ts'

export abstract class FilterChain<H, S extends FilterSlot<H>> {
  /** In the order of iteration. */
  readonly slots: S[] = []
  /** What filters hold back; kept, even when empty, from the first time on. */
  buffered: ByteQueue | undefined = undefined
  /** Callbacks that are on the stack (IN_* bits). */
  calling = 0
  /** A local reply took the place of what this chain was carrying. */
  aborted = false
  protected readonly stream: FilterStream
  /** Beyond the limit the buffer pauses its source instead of failing. */
  #streaming = false
  #aboveLimit = false
  #paused = false

  constructor(stream: FilterStream) {
    this.stream = stream
  }

  /** The message has been received to its end (which filters may not have seen yet). */
  protected abstract get complete(): boolean
  protected abstract get headers(): H
  protected abstract get trailers(): Trailers | undefined
  protected abstract onTooLarge(): void
  protected abstract pauseSource(): void
  protected abstract resumeSource(): void
  /** Behind the last filter. */
  protected abstract onHeadersPassed(headers: H, end: boolean): void
  protected abstract onDataPassed(data: ByteQueue, end: boolean): void
  protected abstract onTrailersPassed(trailers: Trailers): void
  /** A terminal filter's stop does not end the iteration: nobody comes after it, and its trailers still do. */
  protected abstract readonly lastMayStop: boolean

  protected get stopped(): boolean {
    return this.aborted || this.stream.ended
  }

  passHeaders(from: S | undefined, headers: H, end: boolean): void {
    let bodyFrom: S | undefined = undefined
    let goesOn = end
    const slots = this.slots
    for (let i = from === undefined ? 0 : from.index + 1; i < slots.length; i++) {
      const slot = slots[i]!
      slot.endStream = goesOn && bodyFrom === undefined
      const status = this.#callHeaders(slot, headers)
      if (this.stopped) return this.#leave()
      if (slot.endStream) slot.callComplete()
      if (status === 'continue-and-dont-end-stream') goesOn = false
      if (!afterHeaders(slot, status) && !(this.lastMayStop && i === slots.length - 1)) {
        this.#goOnWithBody(bodyFrom)
        return
      }
      // The filter gave a body to a message that had none: filters after it get the body and the end with it.
      if (goesOn && this.buffered !== undefined && bodyFrom === undefined) bodyFrom = slot
    }
    this.onHeadersPassed(headers, goesOn && bodyFrom === undefined)
    if (!this.stopped) this.#goOnWithBody(bodyFrom)
  }

  passData(from: S | undefined, data: ByteQueue, end: boolean, skipFrom: boolean): void {
    if (this.stopped) return
    const hadTrailers = this.trailers !== undefined
    let trailersFrom: S | undefined = undefined
    const slots = this.slots
    if (lentBytes.active && !slots.every(({ keepsNoBody }) => keepsNoBody)) lentBytes.keep()
    for (let i = firstIndex(from, skipFrom); i < slots.length; i++) {
      const slot = slots[i]!
      if (slot.state >= STOPPED_ALL_BUFFER) {
        this.hold(slot, data, slot.state === STOPPED_ALL_WATERMARK)
        return
      }
      if (slot.endStream) return
      slot.endStream = end && this.trailers === undefined
      const status = this.#callData(slot, data)
      if (this.stopped) return this.#leave()
      if (slot.endStream) slot.callComplete()
      if (!hadTrailers && trailersFrom === undefined && this.trailers !== undefined) {
        end = false
        trailersFrom = slot
      }
      if (!this.#afterData(slot, status, data) && !(this.lastMayStop && i === slots.length - 1)) {
        // The filter that stopped takes its own trailers along when it goes on.
        if (trailersFrom !== undefined && trailersFrom !== slot) this.passTrailers(trailersFrom, this.trailers!)
        return
      }
    }
    this.onDataPassed(data, end)
    if (trailersFrom !== undefined) this.passTrailers(trailersFrom, this.trailers!)
  }

  passTrailers(from: S | undefined, trailers: Trailers): void {
    if (this.stopped) return
    const slots = this.slots
    for (let i = firstIndex(from, false); i < slots.length; i++) {
      const slot = slots[i]!
      if (slot.state >= STOPPED_ALL_BUFFER) return
      const before = this.calling
      this.calling = before | IN_TRAILERS
      const status = slot.callTrailers(trailers)
      this.calling = before
      if (this.stopped) return this.#leave()
      slot.endStream = true
      slot.callComplete()
      if (status === 'stop') {
        slot.state = STOPPED
        if (!(this.lastMayStop && i === slots.length - 1)) return
      } else if (slot.state === STOPPED) {
        this.resume(slot)
        return
      }
    }
    this.onTrailersPassed(trailers)
  }

  /** The body to come is a single piece with its end: a filter that waited for it does not make it too large by that. */
  expectWhole(): void {
    this.#streaming = true
  }

  /** continueDecoding / continueEncoding of `slot`. Harmless when the filter did not stop. */
  resume(slot: S): void {
    if (slot.state === ITERATING || this.stopped) return
    if (slot.state !== STOPPED) slot.iterateFromHere = true
    slot.state = ITERATING
    if (!slot.headersContinued) {
      slot.headersContinued = true
      const trailers = this.trailers !== undefined
      this.passHeaders(slot, this.headers, this.complete && this.buffered === undefined && !trailers)
    }
    // Trailers that a filter adds while the held body passes are taken on by passData itself.
    const hadTrailers = this.trailers !== undefined
    const end = this.complete && !hadTrailers
    if (this.buffered !== undefined && (end || this.buffered.length > 0) && !this.stopped) {
      this.passData(slot, this.buffered, end, false)
      this.#checkLowWatermark()
    }
    if (hadTrailers && !this.stopped) this.passTrailers(slot, this.trailers)
    slot.iterateFromHere = false
  }

  /** addDecodedData / addEncodedData. */
  add(slot: S, data: ByteQueue, streaming: boolean): void {
    // While trailers pass, what a filter adds has to overtake them at once.
    if (
      (this.calling & (IN_HEADERS | IN_DATA)) === 0 &&
      (this.calling & IN_TRAILERS) !== 0 &&
      slot.state === ITERATING
    ) {
      this.passData(slot, data, false, true)
    } else {
      this.hold(slot, data, streaming)
    }
  }

  /** injectDecodedData / injectEncodedData. */
  inject(slot: S, data: ByteQueue, end: boolean): void {
    if (this.stopped) return
    if (!slot.headersContinued) {
      slot.headersContinued = true
      this.passHeaders(slot, this.headers, false)
    }
    this.passData(slot, data, end, false)
  }

  /** Keeps body for later. */
  protected hold(slot: S, data: ByteQueue, streaming: boolean): void {
    this.#streaming = streaming
    const buffered = (this.buffered ??= new ByteQueue())
    if (buffered !== data) data.moveTo(buffered)
    const { bufferLimit } = this.stream
    if (this.#aboveLimit || bufferLimit === 0 || buffered.length <= bufferLimit) return
    this.#aboveLimit = true
    if (this.#streaming) {
      this.#paused = true
      this.pauseSource()
    } else {
      this.stream.streamInfo.localReplyOwner ||= slot.filterName
      this.onTooLarge()
    }
  }

  /** Call it after something may have been taken out of `buffered`. */
  #checkLowWatermark(): void {
    if (!this.#aboveLimit || this.buffered!.length > this.stream.bufferLimit / 2) return
    this.#aboveLimit = false
    if (!this.#paused) return
    this.#paused = false
    if (!this.stream.ended) this.resumeSource()
  }

  #callHeaders(slot: S, headers: H): HeadersStatus {
    const before = this.calling
    this.calling = before | IN_HEADERS
    const status = slot.callHeaders(headers, slot.endStream)
    this.calling = before
    return status
  }

  #callData(slot: S, data: ByteQueue): DataStatus {
    const before = this.calling
    this.calling = before | IN_DATA
    const status = slot.callData(data, slot.endStream)
    this.calling = before
    return status
  }

  /** True when the next filter may have the data. */
  #afterData(slot: S, status: DataStatus, data: ByteQueue): boolean {
    if (status === 'continue') {
      if (slot.state !== STOPPED) return true
      this.hold(slot, data, this.#streaming)
      this.resume(slot)
      return false
    }
    slot.state = STOPPED
    if (status !== 'stop-no-buffer') {
      this.hold(slot, data, status === 'stop-and-watermark')
    } else if (slot.endStream && this.buffered === undefined) {
      // The end has been seen by this filter only; an empty queue makes `resume` pass it on.
      this.buffered = new ByteQueue()
    }
    return false
  }

  /** Body that was added to a headers-only message follows the headers. */
  #goOnWithBody(slot: S | undefined): void {
    if (slot === undefined || slot.state !== ITERATING) return
    slot.state = STOPPED
    this.resume(slot)
  }

  #leave(): void {
    if (this.calling === 0) this.stream.flushLocalReply()
  }
}

/** True when the headers may go on. */
function afterHeaders<H>(slot: FilterSlot<H>, status: HeadersStatus): boolean {
  switch (status) {
    case 'continue':
    case 'continue-and-dont-end-stream':
      slot.headersContinued = true
      return true
    case 'stop-iteration':
      slot.state = STOPPED
      return false
    case 'stop-all-and-buffer':
      slot.state = STOPPED_ALL_BUFFER
      return false
    case 'stop-all-and-watermark':
      slot.state = STOPPED_ALL_WATERMARK
      return false
  }
}

function firstIndex<H>(from: FilterSlot<H> | undefined, skipFrom: boolean): number {
  if (from === undefined) return 0
  return from.iterateFromHere && !skipFrom ? from.index : from.index + 1
}
