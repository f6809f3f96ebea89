/** envoy.filters.http.fault: delays, aborts and slow responses for a share of the requests. */
import type { Extension } from '../../../../api/extension.ts'
import type { FaultConfig } from './config.ts'
import { parseFault } from './config.ts'
import { FaultFilter } from './fault-filter.ts'
import { FaultShared } from './fault-shared.ts'

const TYPE = 'envoy.extensions.filters.http.fault.v3.HTTPFault'

export const extension: Extension<FaultConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.fault',
  typeNames: [TYPE],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  perRoute: { typeName: TYPE, parse: parseFault },
  parse: parseFault,
  create: (config, context) => {
    const shared = new FaultShared(config, context)
    return (chain) => chain.addFilter(new FaultFilter(shared))
  },
}
