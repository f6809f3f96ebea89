/** `tracing` of a connection manager, parsed. */
import type { FactoryContext } from '../../api/extension.ts'
import type { Formatter } from '../../api/access-log.ts'
import type { TraceSampling } from '../../api/route.ts'
import type { CustomTag, Tracer } from '../../api/tracing.ts'

export interface TracingSettings {
  readonly sampling: TraceSampling
  /** Spans tell when what happened. */
  readonly verbose: boolean
  /** Characters of the path in http.url. */
  readonly maxPathTagLength: number
  readonly customTags: readonly CustomTag[]
  readonly spawnsUpstream: boolean
  /** Upstreams are told of the trace. */
  readonly propagates: boolean
  /** What spans are called at their end; undefined: as at their start. */
  readonly operation: Formatter | undefined
  readonly upstreamOperation: Formatter | undefined
  /** Called once per thread. undefined: requests are chosen, and no span is made. */
  readonly createTracer: ((context: FactoryContext) => Tracer) | undefined
}
