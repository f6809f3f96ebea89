/** Puts another response in the place of some (Envoy docs: configuration/http/http_filters/custom_response_filter). */
import type { ResponseHeaders } from '../../../../api/headers.ts'
import type { EncoderCallbacks, EncoderFilter, HeadersStatus } from '../../../../api/http.ts'
import { applyMutations, mutationContext } from '../../../../router/header-mutations.ts'
import type { BoundTrees } from './bound-trees.ts'
import type { CustomResponseConfig } from './config.ts'
import type { LocalResponsePolicy } from './local-response-policy.ts'

export class CustomResponseFilter implements EncoderFilter {
  readonly #config: CustomResponseConfig
  readonly #trees: BoundTrees
  #callbacks!: EncoderCallbacks

  constructor(config: CustomResponseConfig, trees: BoundTrees) {
    this.#config = config
    this.#trees = trees
  }

  setEncoderCallbacks(callbacks: EncoderCallbacks): void {
    this.#callbacks = callbacks
  }

  encodeHeaders(headers: ResponseHeaders): HeadersStatus {
    const policy = this.#policyFor(headers)
    if (policy === undefined) return 'continue'
    const { requestHeaders, streamInfo } = this.#callbacks
    const body = policy.body(mutationContext(requestHeaders, headers, streamInfo))
    this.#callbacks.sendLocalReply({
      status: policy.status ?? headers.status,
      body,
      details: policy.details.kind === 'fixed' ? policy.details.text : (streamInfo.responseCodeDetails ?? ''),
      modifyHeaders: (response) =>
        applyMutations(policy.headers, response, mutationContext(requestHeaders, response, streamInfo)),
    })
    return 'stop-iteration'
  }

  encodeData(): 'continue' {
    return 'continue'
  }

  encodeTrailers(): 'continue' {
    return 'continue'
  }

  onDestroy(): void {}

  /** The most specific configuration that has one for the response. */
  #policyFor(response: ResponseHeaders): LocalResponsePolicy | undefined {
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
