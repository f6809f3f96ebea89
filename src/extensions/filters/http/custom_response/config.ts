/** envoy.extensions.filters.http.custom_response.v3.CustomResponse, parsed; the same for the filter and for routes. */
import type { AnyReader, Reader } from '../../../../api/config.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import type { MatchTree } from '../../../../config/matchers/tree/match-tree.ts'
import { readMatchTree, refuseAction } from '../../../../config/matchers/tree/read-match-tree.ts'
import type { LocalResponsePolicy } from './local-response-policy.ts'
import { readLocalResponsePolicy } from './local-response-policy.ts'
import type { RedirectPolicy } from './redirect-policy.ts'
import { readRedirectPolicy } from './redirect-policy.ts'

export type ResponsePolicy = LocalResponsePolicy | RedirectPolicy

export interface CustomResponseConfig {
  /** Undefined: every response passes. */
  readonly matcher: MatchTree<ResponsePolicy> | undefined
  readonly hasRedirects: boolean
}

const LOCAL_RESPONSE = 'envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy'

const REDIRECT = 'envoy.extensions.http.custom_response.redirect_policy.v3.RedirectPolicy'

export function parseCustomResponse(reader: Reader, context: ParseContext): CustomResponseConfig {
  let hasRedirects = false
  const readAction = (any: AnyReader, at: Reader): ResponsePolicy | undefined => {
    if (any.typeName === LOCAL_RESPONSE) return readLocalResponsePolicy(any.reader, context)
    if (any.typeName !== REDIRECT) return refuseAction(at, any)
    hasRedirects = true
    return readRedirectPolicy(any.reader)
  }
  const matcher = reader.message('custom_response_matcher', (tree) =>
    readMatchTree<ResponsePolicy>(tree, { inputs: 'http', readAction }),
  )
  return { matcher, hasRedirects }
}
