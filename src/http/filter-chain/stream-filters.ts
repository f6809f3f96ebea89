/** The filters of one stream: collected from the factories of http_filters, told their end together. */
import type {
  DecoderFilter,
  EncoderFilter,
  HttpFilterChainBuilder,
  HttpFilterEntry,
  LocalReply,
} from '../../api/http.ts'
import type { Route } from '../../api/route.ts'
import { DecoderChain } from './decoder-chain.ts'
import { DecoderSlot } from './decoder-slot.ts'
import { EncoderChain } from './encoder-chain.ts'
import { EncoderSlot } from './encoder-slot.ts'
import type { FilterStream } from './filter-stream.ts'

export class StreamFilters implements HttpFilterChainBuilder {
  readonly decoders: DecoderChain
  /** Undefined while no filter looks at responses: they then go straight to the codec. */
  encoders: EncoderChain | undefined = undefined
  readonly #stream: FilterStream
  #filterName = ''
  #filterPlace = 0

  constructor(stream: FilterStream) {
    this.#stream = stream
    this.decoders = new DecoderChain(stream)
  }

  build(entries: readonly HttpFilterEntry[], route: Route | undefined): void {
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!
      if (!(route?.filterEnabled(entry.name) ?? !entry.disabled)) continue
      this.#filterName = entry.name
      this.#filterPlace = entry.place
      entry.factory(this)
    }
    this.#number()
  }

  addDecoderFilter(filter: DecoderFilter): void {
    const slot = new DecoderSlot(this.#stream, this.#filterName, this.decoders, filter)
    slot.place = this.#filterPlace
    this.decoders.slots.push(slot)
    filter.setDecoderCallbacks(slot)
  }

  addEncoderFilter(filter: EncoderFilter): void {
    this.#addEncoder(filter)
  }

  addFilter(filter: DecoderFilter & EncoderFilter): void {
    this.addDecoderFilter(filter)
    this.#addEncoder(filter).shared = true
  }

  /** Tells every filter once that its life ends. */
  destroyFilters(): void {
    const decoders = this.decoders.slots
    for (let i = 0; i < decoders.length; i++) decoders[i]!.filter.onDestroy()
    const encoders = this.encoders?.slots
    if (encoders === undefined) return
    for (let i = encoders.length - 1; i >= 0; i--) if (!encoders[i]!.shared) encoders[i]!.filter.onDestroy()
  }

  /** Before the access log is written. */
  completeFilters(): void {
    const decoders = this.decoders.slots
    for (let i = 0; i < decoders.length; i++) decoders[i]!.filter.onStreamComplete?.()
    const encoders = this.encoders?.slots
    if (encoders === undefined) return
    for (let i = encoders.length - 1; i >= 0; i--) if (!encoders[i]!.shared) encoders[i]!.filter.onStreamComplete?.()
  }

  /** Tells every filter of a local reply; true when one of them wants the stream reset instead. */
  announceLocalReply(reply: LocalReply): boolean {
    let reset = false
    const decoders = this.decoders.slots
    for (let i = 0; i < decoders.length; i++) {
      if (decoders[i]!.filter.onLocalReply?.(reply) === 'continue-and-reset') reset = true
    }
    const encoders = this.encoders?.slots ?? []
    for (let i = encoders.length - 1; i >= 0; i--) {
      const { shared, filter } = encoders[i]!
      if (!shared && filter.onLocalReply?.(reply) === 'continue-and-reset') reset = true
    }
    return reset
  }

  #addEncoder(filter: EncoderFilter): EncoderSlot {
    const chain = (this.encoders ??= new EncoderChain(this.#stream))
    const slot = new EncoderSlot(this.#stream, this.#filterName, chain, filter)
    slot.place = this.#filterPlace
    chain.slots.push(slot)
    filter.setEncoderCallbacks(slot)
    return slot
  }

  #number(): void {
    const decoders = this.decoders.slots
    for (let i = 0; i < decoders.length; i++) decoders[i]!.index = i
    const encoders = this.encoders?.slots.reverse()
    if (encoders === undefined) return
    for (let i = 0; i < encoders.length; i++) encoders[i]!.index = i
  }
}
