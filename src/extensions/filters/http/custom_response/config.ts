/** envoy.extensions.filters.http.custom_response.v3.CustomResponse, parsed; the same for the filter and for routes. */
import type { Reader } from '../../../../api/config.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import type { MatchTree } from '../../../../config/matchers/tree/match-tree.ts'
import { readMatchTree, refuseAction } from '../../../../config/matchers/tree/read-match-tree.ts'
import type { LocalResponsePolicy } from './local-response-policy.ts'
import { readLocalResponsePolicy } from './local-response-policy.ts'

export interface CustomResponseConfig {
  /** Undefined: every response passes. */
  readonly matcher: MatchTree<LocalResponsePolicy> | undefined
}

const LOCAL_RESPONSE = 'envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy'

export function parseCustomResponse(reader: Reader, context: ParseContext): CustomResponseConfig {
  return {
    matcher: reader.message('custom_response_matcher', (matcher) =>
      readMatchTree<LocalResponsePolicy>(matcher, {
        inputs: 'http',
        readAction: (any, at) =>
          any.typeName === LOCAL_RESPONSE ? readLocalResponsePolicy(any.reader, context) : refuseAction(at, any),
      }),
    ),
  }
}
