/** The request's way through the filters, in the order of configuration, up to the terminal one. */
import type { RequestHeaders, Trailers } from '../../api/headers.ts'
import type { DecoderSlot } from './decoder-slot.ts'
import { FilterChain } from './filter-chain.ts'

export class DecoderChain extends FilterChain<RequestHeaders, DecoderSlot> {
  protected get lastMayStop(): boolean {
    return true
  }

  protected get complete(): boolean {
    return this.stream.requestComplete
  }

  protected get headers(): RequestHeaders {
    return this.stream.requestHeaders!
  }

  protected get trailers(): Trailers | undefined {
    return this.stream.requestTrailers
  }

  protected onTooLarge(): void {
    this.stream.onRequestTooLarge()
  }

  protected pauseSource(): void {
    this.stream.pauseRequest()
  }

  protected resumeSource(): void {
    this.stream.resumeRequest()
  }

  // The terminal filter consumes; nothing is behind it.
  protected onHeadersPassed(): void {}
  protected onDataPassed(): void {}
  protected onTrailersPassed(): void {}
}
