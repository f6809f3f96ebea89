/** envoy.filters.http.csrf: requests that change something must come from pages of the same origin. */
import type { Extension } from '../../../../api/extension.ts'
import type { CsrfPolicy } from './config.ts'
import { parseCsrfPolicy } from './config.ts'
import { CsrfFilter } from './csrf-filter.ts'

const TYPE = 'envoy.extensions.filters.http.csrf.v3.CsrfPolicy'

export const extension: Extension<CsrfPolicy, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.csrf',
  typeNames: [TYPE],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  perRoute: { typeName: TYPE, parse: parseCsrfPolicy },
  parse: parseCsrfPolicy,
  create: (policy, { httpScope, runtime, random }) => {
    const scope = httpScope.scope('csrf.')
    const shared = {
      policy,
      runtime,
      random,
      missingSourceOrigin: scope.counter('missing_source_origin'),
      requestInvalid: scope.counter('request_invalid'),
      requestValid: scope.counter('request_valid'),
    }
    return (chain) => chain.addDecoderFilter(new CsrfFilter(shared))
  },
}
