/**
 * Compares the origin that a browser names with the host that a request goes to
 * (Envoy docs: configuration/http/http_filters/csrf_filter).
 */
import type { Random } from '../../../../api/event.ts'
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { HeadersStatus } from '../../../../api/http.ts'
import type { Runtime } from '../../../../api/runtime.ts'
import type { Counter } from '../../../../api/stats.ts'
import { PassThroughDecoderFilter } from '../common/pass-through-decoder-filter.ts'
import type { CsrfPolicy } from './config.ts'
import { hostAndPort } from './host-and-port.ts'

export interface CsrfShared {
  readonly policy: CsrfPolicy
  readonly runtime: Runtime
  readonly random: Random
  readonly missingSourceOrigin: Counter
  readonly requestInvalid: Counter
  readonly requestValid: Counter
}

const FORBIDDEN = { status: 403, body: 'Invalid origin', details: 'csrf_origin_mismatch' }

export class CsrfFilter extends PassThroughDecoderFilter {
  readonly #shared: CsrfShared

  constructor(shared: CsrfShared) {
    super()
    this.#shared = shared
  }

  decodeHeaders(headers: RequestHeaders): HeadersStatus {
    if (!changesSomething(headers.method)) return 'continue'
    const { runtime, random } = this.#shared
    const policy = (this.callbacks.perRouteConfig as CsrfPolicy | undefined) ?? this.#shared.policy
    const enabled = policy.enabled(runtime, random.u32())
    if (!enabled && !policy.shadowEnabled(runtime, random.u32())) return 'continue'
    if (this.#isValid(headers, policy) || !enabled) return 'continue'
    this.callbacks.sendLocalReply(FORBIDDEN)
    return 'stop-iteration'
  }

  #isValid(headers: RequestHeaders, policy: CsrfPolicy): boolean {
    const { missingSourceOrigin, requestInvalid, requestValid } = this.#shared
    const source = sourceOf(headers)
    const valid = source !== '' && isAllowed(source, headers, policy)
    if (valid) requestValid.inc()
    else if (source === '') missingSourceOrigin.inc()
    else requestInvalid.inc()
    return valid
  }
}

function isAllowed(source: string, headers: RequestHeaders, policy: CsrfPolicy): boolean {
  if (source === hostAndPort(headers.authority ?? '')) return true
  return policy.additionalOrigins.some((matches) => matches(source))
}

function changesSomething(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'DELETE' || method === 'PATCH'
}

/** '' when the browser does not tell; a page whose origin is `null` is nobody's, wherever it was linked from. */
function sourceOf(headers: RequestHeaders): string {
  const origin = hostAndPort(headers.get('origin') ?? '')
  if (origin === 'null') return ''
  return origin === '' ? hostAndPort(headers.get('referer') ?? '') : origin
}
