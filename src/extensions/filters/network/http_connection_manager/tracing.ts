/** `tracing`: a provider is refused by name; without one Envoy chooses requests to trace and sends no span. */
import type { Reader } from '../../../../api/config.ts'
import type { TraceSampling } from '../../../../api/route.ts'
import type { FractionalPercent } from '../../../../api/runtime.ts'

/** Fields that say what spans look like. */
const OF_SPANS = [
  'verbose',
  'max_path_tag_length',
  'custom_tags',
  'spawn_upstream_span',
  'operation',
  'upstream_operation',
  'no_context_propagation',
]

export function readTracing(reader: Reader): TraceSampling {
  for (const field of OF_SPANS) reader.ignore(field, 'concerns spans; there is no tracer')
  return {
    client: readPercent(reader, 'client_sampling'),
    random: readPercent(reader, 'random_sampling'),
    overall: readPercent(reader, 'overall_sampling'),
  }
}

/** Rounded to hundredths of a percent. */
function readPercent(reader: Reader, field: string): FractionalPercent {
  const percent = reader.message(field, (message) => message.number('value', 0)) ?? 100
  return { numerator: Math.round(percent * 100), denominator: 10_000 }
}
