/** envoy.filters.http.custom_response: responses of one's own in place of the upstream's or the proxy's. */
import type { Extension } from '../../../../api/extension.ts'
import type { CustomResponseConfig } from './config.ts'
import { parseCustomResponse } from './config.ts'
import { BoundTrees } from './bound-trees.ts'
import { CustomResponseFilter } from './custom-response-filter.ts'

const TYPE = 'envoy.extensions.filters.http.custom_response.v3.CustomResponse'

export const extension: Extension<CustomResponseConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.custom_response',
  typeNames: [TYPE],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  perRoute: { typeName: TYPE, parse: parseCustomResponse },
  parse: parseCustomResponse,
  create: (config, context) => {
    const trees = new BoundTrees(context)
    trees.of(config, 'filter')
    return (chain) => chain.addFilter(new CustomResponseFilter(config, trees))
  },
}
