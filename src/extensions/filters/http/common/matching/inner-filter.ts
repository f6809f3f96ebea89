/** The two halves of one filter, as its factory adds them. */
import type { DecoderFilter, EncoderFilter, HttpFilterFactory } from '../../../../../api/http.ts'

export interface InnerFilter {
  readonly decoder: DecoderFilter | undefined
  readonly encoder: EncoderFilter | undefined
}

/** Every filter that the factory adds. */
export function innerFilters(factory: HttpFilterFactory): readonly InnerFilter[] {
  const made: InnerFilter[] = []
  factory({
    addDecoderFilter: (decoder) => void made.push({ decoder, encoder: undefined }),
    addEncoderFilter: (encoder) => void made.push({ decoder: undefined, encoder }),
    addFilter: (both) => void made.push({ decoder: both, encoder: both }),
  })
  return made
}
