/** envoy.access_loggers.extension_filters.process_ratelimit: so many records a second, of the whole process. */
import type { Reader } from '../../../../api/config.ts'
import type { Extension, ParseContext } from '../../../../api/extension.ts'
import { readConfigSource } from '../../../../config/config-source.ts'

export const extension: Extension<ProcessRateLimitConfig, 'envoy.access_loggers.extension_filters'> = {
  category: 'envoy.access_loggers.extension_filters',
  name: 'envoy.access_loggers.extension_filters.process_ratelimit',
  typeNames: ['envoy.extensions.access_loggers.filters.process_ratelimit.v3.ProcessRateLimitFilter'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseProcessRateLimit,
  create: ({ key }, context) => {
    const bucket = context.tokenBuckets(key)
    const stats = context.scope.scope('access_log.process_ratelimit')
    const allowed = stats.counter('allowed')
    const denied = stats.counter('denied')
    return {
      evaluate: () => {
        const allows = bucket.take()
        if (allows) allowed.inc()
        else denied.inc()
        return allows
      },
    }
  },
}

interface ProcessRateLimitConfig {
  /** Of the bucket in `FactoryContext.tokenBuckets`. */
  readonly key: string
}

function parseProcessRateLimit(reader: Reader, context: ParseContext): ProcessRateLimitConfig {
  if (!reader.has('dynamic_config')) reader.error(undefined, 'NU109', '`dynamic_config` is required.')
  const key = reader.message('dynamic_config', (dynamic) => {
    const name = dynamic.string('resource_name')
    const source = dynamic.message('config_source', readConfigSource)
    const made = JSON.stringify([name, dynamic.json['config_source'] ?? null])
    if (context.require === undefined) dynamic.unsupported(undefined, 'a token bucket from elsewhere')
    else if (source !== undefined) context.require({ kind: 'token-bucket', key: made, name, source })
    return made
  })
  return { key: key ?? '' }
}
