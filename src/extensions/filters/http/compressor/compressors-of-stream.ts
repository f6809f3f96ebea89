/**
 * The compressor filters of one stream. They decide together on an encoding, once, so that a client's second choice is
 * not taken where its first is on offer by another filter. Lies in the filter state, under Envoy's name.
 */
import type { ResponseHeaders } from '../../../../api/headers.ts'
import type { FilterStateObject, StreamInfo } from '../../../../api/stream-info.ts'
import type { EncodingDecision, OfferedEncoding } from './accept-encoding.ts'
import { chooseEncoding } from './accept-encoding.ts'
import { contentTypeOf } from './direction.ts'

const KEY = 'compressors'

/** What a filter offers. */
export interface EncodingOffer extends OfferedEncoding {
  takesContentType(type: string): boolean
}

export class CompressorsOfStream implements FilterStateObject {
  readonly #offers: EncodingOffer[] = []
  #decision: EncodingDecision | undefined = undefined

  static of(streamInfo: StreamInfo): CompressorsOfStream {
    const { filterState } = streamInfo
    const known = filterState.get(KEY)
    if (known instanceof CompressorsOfStream) return known
    const made = new CompressorsOfStream()
    filterState.set(KEY, made)
    return made
  }

  add(offer: EncodingOffer): void {
    this.#offers.push(offer)
  }

  /** `acceptEncoding`, and the response's headers, as the first filter that asks sees them. */
  decide(acceptEncoding: string, headers: ResponseHeaders): EncodingDecision {
    return (this.#decision ??= chooseEncoding(acceptEncoding, this.#offersFor(contentTypeOf(headers))))
  }

  serializeAsString(): undefined {
    return undefined
  }

  #offersFor(contentType: string): OfferedEncoding[] {
    const offers: OfferedEncoding[] = []
    for (const offer of this.#offers) {
      if (contentType !== '' && !offer.takesContentType(contentType)) continue
      if (!offers.some(({ name }) => name === offer.name)) offers.push(offer)
    }
    return offers
  }
}
