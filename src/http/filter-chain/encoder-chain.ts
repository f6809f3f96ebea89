/** The response's way through the filters, against the order of configuration, out to the codec. */
import type { ByteQueue } from '../../api/bytes.ts'
import type { ResponseHeaders, Trailers } from '../../api/headers.ts'
import type { EncoderSlot } from './encoder-slot.ts'
import { FilterChain } from './filter-chain.ts'
import { IN_1XX, ITERATING, STOPPED } from './iteration-state.ts'

export class EncoderChain extends FilterChain<ResponseHeaders, EncoderSlot> {
  /** An informational response passes the chain; a filter may stop it. */
  pass1xx(from: EncoderSlot | undefined, headers: ResponseHeaders): void {
    const slots = this.slots
    for (let i = from === undefined ? 0 : from.index + 1; i < slots.length; i++) {
      const slot = slots[i]!
      const before = this.calling
      this.calling = before | IN_1XX
      const status = slot.filter.encode1xx?.(headers) ?? 'continue'
      this.calling = before
      if (this.stopped) return
      if (status === 'stop') {
        slot.state = STOPPED
        this.stream.informationalHeaders = headers
        return
      }
    }
    this.stream.finish1xx(headers)
  }

  /** continueEncoding: an informational response that waited goes first. */
  resumeWith1xx(slot: EncoderSlot): void {
    const waiting = this.stream.informationalHeaders
    if (waiting !== undefined && !this.stopped) {
      this.stream.informationalHeaders = undefined
      this.pass1xx(slot, waiting)
      // The final response has not come yet: its headers are to find an open gate.
      if (this.stream.responseHeaders === undefined) {
        slot.state = ITERATING
        return
      }
    }
    this.resume(slot)
  }

  protected get lastMayStop(): boolean {
    return false
  }

  protected get complete(): boolean {
    return this.stream.responseComplete
  }

  protected get headers(): ResponseHeaders {
    return this.stream.responseHeaders!
  }

  protected get trailers(): Trailers | undefined {
    return this.stream.responseTrailers
  }

  protected onTooLarge(): void {
    this.stream.onResponseTooLarge()
  }

  protected pauseSource(): void {
    this.stream.pauseResponse()
  }

  protected resumeSource(): void {
    this.stream.resumeResponse()
  }

  protected onHeadersPassed(headers: ResponseHeaders, end: boolean): void {
    this.stream.finishHeaders(headers, end)
  }

  protected onDataPassed(data: ByteQueue, end: boolean): void {
    this.stream.finishData(data, end)
  }

  protected onTrailersPassed(trailers: Trailers): void {
    this.stream.finishTrailers(trailers)
  }
}
