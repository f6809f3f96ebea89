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
export interface EncodingOffer {
  readonly chooseFirst: boolean
  /** Of the filter's own library. */
  readonly ownEncoding: string
  /** Of the route's library where it has one. */
  readonly encoding: string
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

  /**
   * `acceptEncoding`, and the response's headers, as the first filter that asks sees them. It knows of its own route's
   * library, not of the others'.
   */
  decide(asking: EncodingOffer, acceptEncoding: string, headers: ResponseHeaders): EncodingDecision {
    return (this.#decision ??= chooseEncoding(acceptEncoding, this.#offersFor(contentTypeOf(headers), asking)))
  }

  serializeAsString(): undefined {
    return undefined
  }

  #offersFor(contentType: string, asking: EncodingOffer): OfferedEncoding[] {
    const offers: OfferedEncoding[] = []
    for (const offer of this.#offers) {
      if (contentType !== '' && !offer.takesContentType(contentType)) continue
      const encoding = offer === asking ? offer.encoding : offer.ownEncoding
      const { chooseFirst } = offer
      if (!offers.some(({ name }) => name === encoding)) offers.push({ name: encoding, chooseFirst })
    }
    return offers
  }
}
