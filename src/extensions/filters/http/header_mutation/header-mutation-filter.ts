/** Changes headers, trailers and query parameters (Envoy docs: configuration/http/http_filters/header_mutation_filter). */
import type { FormatterContext } from '../../../../api/access-log.ts'
import type { HeaderMap, RequestHeaders, ResponseHeaders, Trailers } from '../../../../api/headers.ts'
import type {
  DecoderCallbacks,
  DecoderFilter,
  EncoderCallbacks,
  EncoderFilter,
  FilterCallbacks,
} from '../../../../api/http.ts'
import type { HeaderMutation } from '../../../../router/header-mutation-list.ts'
import { mutationContext } from '../../../../router/header-mutations.ts'
import type { HeaderMutationConfig, Mutations } from './config.ts'
import { QueryParameters } from '../common/query-parameters.ts'

export class HeaderMutationFilter implements DecoderFilter, EncoderFilter {
  readonly #config: HeaderMutationConfig
  #decoder!: DecoderCallbacks
  #encoder!: EncoderCallbacks
  /** In the order of application; undefined until the first headers come. */
  #levels: readonly Mutations[] | undefined = undefined

  constructor(config: HeaderMutationConfig) {
    this.#config = config
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#decoder = callbacks
  }

  setEncoderCallbacks(callbacks: EncoderCallbacks): void {
    this.#encoder = callbacks
  }

  decodeHeaders(headers: RequestHeaders): 'continue' {
    const context = mutationContext(headers, undefined, this.#decoder.streamInfo)
    for (const { request, query } of this.#levelsOf(this.#decoder)) {
      apply(request, headers, context)
      if (query.length === 0) continue
      const parameters = new QueryParameters(headers.path)
      for (let i = 0; i < query.length; i++) query[i]!(parameters, context)
      headers.path = parameters.writtenInto(headers.path)
    }
    return 'continue'
  }

  decodeData(): 'continue' {
    return 'continue'
  }

  decodeTrailers(trailers: Trailers): 'continue' {
    const { requestHeaders, streamInfo } = this.#decoder
    const context = mutationContext(requestHeaders, undefined, streamInfo)
    for (const { requestTrailers } of this.#levelsOf(this.#decoder)) apply(requestTrailers, trailers, context)
    return 'continue'
  }

  encodeHeaders(headers: ResponseHeaders): 'continue' {
    const { requestHeaders, streamInfo } = this.#encoder
    const context = mutationContext(requestHeaders, headers, streamInfo)
    for (const { response } of this.#levelsOf(this.#encoder)) apply(response, headers, context)
    return 'continue'
  }

  encodeData(): 'continue' {
    return 'continue'
  }

  encodeTrailers(trailers: Trailers): 'continue' {
    const { requestHeaders, responseHeaders, streamInfo } = this.#encoder
    const context = { ...mutationContext(requestHeaders, responseHeaders, streamInfo), responseTrailers: trailers }
    for (const { responseTrailers } of this.#levelsOf(this.#encoder)) apply(responseTrailers, trailers, context)
    return 'continue'
  }

  onDestroy(): void {}

  /** The filter's own, then those of the route that the request had when it first came here. */
  #levelsOf(callbacks: FilterCallbacks): readonly Mutations[] {
    if (this.#levels !== undefined) return this.#levels
    const { mutations, mostSpecificWins } = this.#config
    // All of them are what this filter's own parser made.
    const ofRoute = callbacks.perRouteConfigs as readonly Mutations[]
    this.#levels =
      ofRoute.length === 0 ? [mutations] : [mutations, ...(mostSpecificWins ? ofRoute : ofRoute.toReversed())]
    return this.#levels
  }
}

function apply(mutations: readonly HeaderMutation[], headers: HeaderMap, context: FormatterContext): void {
  for (let i = 0; i < mutations.length; i++) mutations[i]!(headers, context)
}
