/** What of a response speaks against compressing it, whatever the client accepts. */
import type { ResponseHeaders } from '../../../../api/headers.ts'
import { isUpgrade } from '../../../../codec/headers/is-upgrade.ts'
import { hasToken } from '../../../../http/request-headers/header-tokens.ts'
import type { CompressorShared } from './compressor-shared.ts'
import { isLongEnough, takesContentTypeOf } from './direction.ts'

export interface ResponseCheck {
  /** So that it matters what the client accepts. */
  readonly asksClient: boolean
  /** The same resource may come compressed: caches have to know. */
  readonly compressible: boolean
  /** For x-envoy-compression-status, '' for none. */
  readonly status: string
}

const NO: ResponseCheck = { asksClient: false, compressible: false, status: '' }
const YES: ResponseCheck = { asksClient: true, compressible: true, status: '' }
const ONLY_CLIENT: ResponseCheck = { asksClient: true, compressible: false, status: '' }

/** Counts what it finds. `enabled`: as route and runtime say. */
export function checkResponse(
  shared: CompressorShared,
  headers: ResponseHeaders,
  enabled: boolean,
  end: boolean,
): ResponseCheck {
  if (!enabled) return NO
  return shared.config.response.statusHeader
    ? checkWithStatus(shared, headers, end)
    : checkWithoutStatus(shared, headers)
}

function checkWithoutStatus(shared: CompressorShared, headers: ResponseHeaders): ResponseCheck {
  const { response } = shared.config
  if (!isLongEnough(response, headers)) {
    shared.responseStats.contentLengthTooSmall.inc()
    return NO
  }
  if (isUpgrade(headers) || !takesContentTypeOf(response, headers) || isNotToBeTransformed(headers)) return ONLY_CLIENT
  if (isKeptByEtag(shared, headers)) {
    shared.acceptStats.notCompressedEtag.inc()
    return ONLY_CLIENT
  }
  return headers.has('content-encoding') || response.uncompressibleCodes.has(headers.status) ? ONLY_CLIENT : YES
}

/** Envoy looks in another order then, and counts a short body twice. */
function checkWithStatus(shared: CompressorShared, headers: ResponseHeaders, end: boolean): ResponseCheck {
  const { response } = shared.config
  if (isUpgrade(headers) || isNotToBeTransformed(headers) || headers.has('content-encoding')) return NO
  if (!isLongEnough(response, headers)) {
    shared.responseStats.contentLengthTooSmall.add(end ? 1 : 2)
    return no('ContentLengthTooSmall', end)
  }
  if (!takesContentTypeOf(response, headers)) return no('ContentTypeNotAllowed', end)
  if (isKeptByEtag(shared, headers)) {
    if (!end) shared.acceptStats.notCompressedEtag.inc()
    return no('EtagNotAllowed', end)
  }
  return response.uncompressibleCodes.has(headers.status) ? no('StatusCodeNotAllowed', end) : YES
}

/** A response without a body has no status. */
function no(status: string, end: boolean): ResponseCheck {
  return end ? NO : { asksClient: false, compressible: false, status }
}

function isNotToBeTransformed(headers: ResponseHeaders): boolean {
  const control = headers.get('cache-control')
  return control !== undefined && hasToken(control, 'no-transform')
}

/** A weakened validator promises nothing about bytes, so that there is no need to keep them. */
function isKeptByEtag({ config: { response } }: CompressorShared, headers: ResponseHeaders): boolean {
  return response.disableOnEtag && !response.weakenEtag && headers.has('etag')
}
