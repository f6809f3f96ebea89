/** Puts another response in the place of some (Envoy docs: configuration/http/http_filters/custom_response_filter). */
import type { ResponseHeaders } from '../../../../api/headers.ts'
import type {
  DecoderCallbacks,
  DecoderFilter,
  EncoderCallbacks,
  EncoderFilter,
  HeadersStatus,
} from '../../../../api/http.ts'
import { applyMutations, mutationContext } from '../../../../router/header-mutations.ts'
import type { BoundTrees } from './bound-trees.ts'
import type { CustomResponseConfig, ResponsePolicy } from './config.ts'
import type { LocalResponsePolicy } from './local-response-policy.ts'

export class CustomResponseFilter implements DecoderFilter, EncoderFilter {
  readonly #config: CustomResponseConfig
  readonly #trees: BoundTrees
  #decoderCallbacks!: DecoderCallbacks
  #callbacks!: EncoderCallbacks

  constructor(config: CustomResponseConfig, trees: BoundTrees) {
    this.#config = config
    this.#trees = trees
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#decoderCallbacks = callbacks
  }

  setEncoderCallbacks(callbacks: EncoderCallbacks): void {
    this.#callbacks = callbacks
  }

  decodeHeaders(): 'continue' {
    return 'continue'
  }

  decodeData(): 'continue' {
    return 'continue'
  }

  decodeTrailers(): 'continue' {
    return 'continue'
  }

  encodeHeaders(headers: ResponseHeaders): HeadersStatus {
    const { requestHeaders } = this.#callbacks
    const { redirected } = this.#trees
    if (
      requestHeaders !== undefined &&
      redirected?.complete(requestHeaders, headers, this.#decoderCallbacks) === true
    ) {
      return 'continue'
    }
    const policy = this.#policyFor(headers)
    if (policy === undefined) return 'continue'
    if (policy.kind === 'local') this.#reply(policy, headers)
    else if (requestHeaders === undefined) return 'continue'
    else if (this.#trees.redirected?.sendOn(policy, headers, this.#decoderCallbacks) !== true) return 'continue'
    return 'stop-iteration'
  }

  encodeData(): 'continue' {
    return 'continue'
  }

  encodeTrailers(): 'continue' {
    return 'continue'
  }

  onDestroy(): void {}

  #reply(policy: LocalResponsePolicy, headers: ResponseHeaders): void {
    const { requestHeaders, streamInfo } = this.#callbacks
    const body = policy.body(mutationContext(requestHeaders, headers, streamInfo))
    this.#callbacks.sendLocalReply({
      status: policy.status ?? headers.status,
      body,
      details: policy.details.kind === 'fixed' ? policy.details.text : (streamInfo.responseCodeDetails ?? ''),
      modifyHeaders: (response) =>
        applyMutations(policy.headers, response, mutationContext(requestHeaders, response, streamInfo)),
    })
  }

  /** The most specific configuration that has one for the response. */
  #policyFor(response: ResponseHeaders): ResponsePolicy | undefined {
    const { requestHeaders: request, streamInfo } = this.#callbacks
    const data = { streamInfo, request, response }
    // All of them are what this filter's own parser made.
    const ofRoute = this.#callbacks.perRouteConfigs as readonly CustomResponseConfig[]
    for (let i = ofRoute.length - 1; i >= -1; i--) {
      const result = this.#trees.of(ofRoute[i] ?? this.#config)?.match(data)
      if (result?.kind === 'match') return result.action
    }
    return undefined
  }
}
