/** Puts another response in the place of some (Envoy docs: configuration/http/http_filters/custom_response_filter). */
import type { ResponseHeaders } from '../../../../api/headers.ts'
import type { EncoderCallbacks, HeadersStatus, LocalReply } from '../../../../api/http.ts'
import { applyMutations, mutationContext } from '../../../../router/header-mutations.ts'
import { PassThroughFilter } from '../common/pass-through-filter.ts'
import type { BoundTrees } from './bound-trees.ts'
import type { CustomResponseConfig, ResponsePolicy } from './config.ts'
import type { LocalResponsePolicy } from './local-response-policy.ts'
import type { RedirectPolicy } from './redirect-policy.ts'

interface FoundPolicy {
  readonly policy: ResponsePolicy
  readonly config: CustomResponseConfig
}

export class CustomResponseFilter extends PassThroughFilter {
  readonly #config: CustomResponseConfig
  readonly #trees: BoundTrees
  #encoderCallbacks!: EncoderCallbacks
  /** Filters in front of this one let the request through. */
  #sawRequest = false
  /** Of the reply that may be replaced, when it is one. */
  #localReplyBody = ''

  constructor(config: CustomResponseConfig, trees: BoundTrees) {
    super()
    this.#config = config
    this.#trees = trees
  }

  override setEncoderCallbacks(callbacks: EncoderCallbacks): void {
    this.#encoderCallbacks = callbacks
  }

  decodeHeaders(): 'continue' {
    this.#sawRequest = true
    return 'continue'
  }

  encodeHeaders(headers: ResponseHeaders): HeadersStatus {
    const { requestHeaders } = this.#encoderCallbacks
    const { redirected } = this.#trees
    if (requestHeaders !== undefined && redirected?.complete(requestHeaders, headers, this.callbacks) === true) {
      return 'continue'
    }
    const found = this.#policyFor(headers)
    if (found === undefined) return 'continue'
    const { policy, config } = found
    if (policy.kind === 'local') this.#reply(policy, headers)
    else if (!this.#sendsOn(policy, config, headers)) return 'continue'
    return 'stop-iteration'
  }

  onLocalReply({ body }: LocalReply): 'continue' {
    this.#localReplyBody = body
    return 'continue'
  }

  #reply(policy: LocalResponsePolicy, headers: ResponseHeaders): void {
    const { requestHeaders, streamInfo } = this.#encoderCallbacks
    const body = policy.body(mutationContext(requestHeaders, headers, streamInfo), this.#localReplyBody)
    this.#encoderCallbacks.sendLocalReply({
      status: policy.status ?? headers.status,
      body,
      details: policy.details.kind === 'fixed' ? policy.details.text : (streamInfo.responseCodeDetails ?? ''),
      modifyHeaders: (response) =>
        applyMutations(policy.headers, response, mutationContext(requestHeaders, response, streamInfo)),
    })
  }

  #sendsOn(policy: RedirectPolicy, config: CustomResponseConfig, headers: ResponseHeaders): boolean {
    const { redirected } = this.#trees
    if (redirected === undefined || !this.#sawRequest) return false
    return redirected.sendOn(policy, headers, this.callbacks, this.#trees.countsOf(config))
  }

  /** The most specific configuration that has one for the response. */
  #policyFor(response: ResponseHeaders): FoundPolicy | undefined {
    const { requestHeaders: request, streamInfo } = this.#encoderCallbacks
    const data = { streamInfo, request, response }
    // All of them are what this filter's own parser made.
    const ofRoute = this.#encoderCallbacks.perRouteConfigs as readonly CustomResponseConfig[]
    for (let i = ofRoute.length - 1; i >= 0; i--) {
      const config = ofRoute[i]!
      const result = this.#trees.of(config, 'route')?.match(data)
      if (result?.kind === 'match') return { policy: result.action, config }
    }
    const result = this.#trees.of(this.#config, 'filter')?.match(data)
    return result?.kind === 'match' ? { policy: result.action, config: this.#config } : undefined
  }
}
