/** envoy.filters.http.adaptive_concurrency. */
import type { Extension } from '../../../../api/extension.ts'
import { statesOf } from '../../common/shared-name.ts'
import { AdaptiveConcurrencyFilter } from './adaptive-concurrency-filter.ts'
import type { AdaptiveConcurrencyConfig } from './config.ts'
import { parseAdaptiveConcurrency } from './config.ts'
import { GradientSettings } from './gradient-settings.ts'
import { GradientController } from './gradient-controller.ts'
import { createGradientStats, GAUGES } from './stats.ts'

const TYPE = 'envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency'

export const extension: Extension<AdaptiveConcurrencyConfig | undefined, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.adaptive_concurrency',
  typeNames: [TYPE],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: parseAdaptiveConcurrency,
  create: (config, context) => {
    // Undefined only where there is no controller, and then nothing is created.
    const { gradient, sharedName } = config!
    const controller = new GradientController({
      settings: new GradientSettings(gradient, context.runtime),
      states: statesOf(context.shared, sharedName),
      shown: context.shared.process.claim(`gauges ${context.httpScope.prefix}${TYPE}`, GAUGES.length).floats,
      dispatcher: context.dispatcher,
      random: context.random,
      stats: createGradientStats(context.httpScope),
    })
    const shared = { config: config!, controller, runtime: context.runtime }
    return (chain) => chain.addFilter(new AdaptiveConcurrencyFilter(shared))
  },
}
