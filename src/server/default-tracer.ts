/** `tracing` of the bootstrap, where the tracer of all connection managers once stood. */
import type { Message, Reader } from '../api/config.ts'
import type { ParseContext } from '../api/extension.ts'

/** As connection managers read it, each for itself; what is wrong with it `proveDefaultTracer` says. */
export function defaultTracerOf(reader: Reader): Message | undefined {
  const { tracing } = reader.json as { readonly tracing?: { readonly http?: Message } }
  return tracing?.http
}

export function proveDefaultTracer(reader: Reader, context: ParseContext): void {
  reader.message('tracing', (tracing) => {
    tracing.message('http', (http) => void context.namedExtension(http, 'envoy.tracers'))
  })
}
