/** envoy.filters.http.admission_control. */
import type { Extension } from '../../../../api/extension.ts'
import type { AdmissionControlShared } from './admission-control-filter.ts'
import { AdmissionControlFilter } from './admission-control-filter.ts'
import type { AdmissionControlConfig } from './config.ts'
import { parseAdmissionControl } from './config.ts'
import { RequestHistory } from './request-history.ts'

export const extension: Extension<AdmissionControlConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.admission_control',
  typeNames: ['envoy.extensions.filters.http.admission_control.v3.AdmissionControl'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  upstream: true,
  parse: parseAdmissionControl,
  create: (config, context) => {
    const history = new RequestHistory(context.dispatcher, config.samplingWindowMs)
    const makeShared = (): AdmissionControlShared => {
      const scope = context.httpScope.scope('admission_control.')
      return {
        config,
        history,
        runtime: context.runtime,
        random: context.random,
        rejected: scope.counter('rq_rejected'),
        success: scope.counter('rq_success'),
        failure: scope.counter('rq_failure'),
      }
    }
    // Its stats are not there before the first request, as in Envoy.
    let shared: AdmissionControlShared | undefined
    return (chain) => chain.addFilter(new AdmissionControlFilter((shared ??= makeShared())))
  },
}
