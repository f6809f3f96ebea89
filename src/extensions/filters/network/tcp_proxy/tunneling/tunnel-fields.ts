/** Headers or trailers of a tunnel's response, as later filters and logs find them in the filter state. */
import type { HeaderMap, ResponseHeaders } from '../../../../../api/headers.ts'
import type { FilterStateObject } from '../../../../../api/stream-info.ts'
import { fromWireText } from '../../../../../base/wire-text.ts'

export const RESPONSE_HEADERS_STATE = 'envoy.tcp_proxy.propagate_response_headers'
export const RESPONSE_TRAILERS_STATE = 'envoy.tcp_proxy.propagate_response_trailers'

interface Field {
  readonly key: string
  readonly value: string
}

/** Printed as JSON only, as envoy.config.core.v3.HeaderMap. */
export class TunnelFields implements FilterStateObject {
  readonly #fields: readonly Field[]

  private constructor(fields: readonly Field[]) {
    this.#fields = fields
  }

  static ofHeaders(headers: ResponseHeaders): TunnelFields {
    return new TunnelFields([{ key: ':status', value: `${headers.status}` }, ...fieldsOf(headers)])
  }

  static ofTrailers(trailers: HeaderMap): TunnelFields {
    return new TunnelFields(fieldsOf(trailers))
  }

  serializeAsString(): undefined {
    return undefined
  }

  serializeAsJson(): unknown {
    return { headers: this.#fields }
  }
}

function fieldsOf(map: HeaderMap): readonly Field[] {
  const fields: Field[] = []
  map.forEach((key, value) => fields.push({ key, value: fromWireText(value) }))
  return fields
}
