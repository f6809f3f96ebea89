/** `tracing`. Without a provider, here or in the bootstrap, requests are chosen and no span is made. */
import type { Reader } from '../../../../api/config.ts'
import type { ExtensionConfig, FactoryContext, ParseContext } from '../../../../api/extension.ts'
import type { FractionalPercent } from '../../../../api/runtime.ts'
import type { Tracer } from '../../../../api/tracing.ts'
import { trustedReader } from '../../../../config/reader/trusted-reader.ts'
import { readCustomTags } from '../../../../http/tracing/custom-tags.ts'
import { readOperation } from '../../../../http/tracing/operation-format.ts'
import type { TracingSettings } from '../../../../http/tracing/tracing-settings.ts'
import { ThreadTracers } from '../../../../http/tracing/thread-tracers.ts'

const PROVIDER = 'envoy.config.trace.v3.Tracing.Http'
const DEFAULT_PATH_LENGTH = 256

export function readTracing(reader: Reader, context: ParseContext): TracingSettings {
  return {
    sampling: {
      client: readPercent(reader, 'client_sampling'),
      random: readPercent(reader, 'random_sampling'),
      overall: readPercent(reader, 'overall_sampling'),
    },
    verbose: reader.bool('verbose', false),
    maxPathTagLength: reader.number('max_path_tag_length', DEFAULT_PATH_LENGTH),
    customTags: readCustomTags(reader),
    spawnsUpstream: reader.bool('spawn_upstream_span', false),
    propagates: !reader.bool('no_context_propagation', false),
    operation: readOperation(reader, 'operation'),
    upstreamOperation: readOperation(reader, 'upstream_operation'),
    createTracer: readProvider(reader, context),
  }
}

/** Rounded to hundredths of a percent. */
function readPercent(reader: Reader, field: string): FractionalPercent {
  const percent = reader.message(field, (message) => message.number('value', 0)) ?? 100
  return { numerator: Math.round(percent * 100), denominator: 10_000 }
}

function readProvider(reader: Reader, context: ParseContext): ((factory: FactoryContext) => Tracer) | undefined {
  const own = reader.message('provider', (provider) => resolve(provider, context))
  if (own !== undefined || reader.has('provider')) return own
  // Where it once was for all of them; the bootstrap has been checked by itself.
  const { defaultTracer } = context
  return defaultTracer && resolve(trustedReader(PROVIDER, defaultTracer), context)
}

function resolve(reader: Reader, context: ParseContext): ((factory: FactoryContext) => Tracer) | undefined {
  const provider: ExtensionConfig<'envoy.tracers'> | undefined = context.namedExtension(reader, 'envoy.tracers')
  if (provider === undefined) return undefined
  const key = JSON.stringify(reader.json)
  return (factory) =>
    factory.dispatcher.local(ThreadTracers).get(key, () => provider.extension.create(provider.config, factory))
}
