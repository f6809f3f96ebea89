import type { Extension } from '../../../src/api/extension.ts'
import type { DecoderFilter } from '../../../src/api/http.ts'

/** An http filter that keeps its thread busy for as many milliseconds as the header `x-block-ms` says. */
export const blockingFilter: Extension<undefined, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'test.filters.http.block',
  // Any type that the schema knows and that no other filter has.
  typeNames: ['envoy.extensions.filters.http.original_src.v3.OriginalSrc'],
  status: 'partial',
  securityPosture: 'requires_trusted_downstream_and_upstream',
  parse: () => undefined,
  create: () => (chain) => chain.addDecoderFilter(filter),
}

const filter: DecoderFilter = {
  setDecoderCallbacks: () => undefined,
  decodeHeaders(headers) {
    block(Number(headers.get('x-block-ms') ?? '0'))
    return 'continue'
  },
  decodeData: () => 'continue',
  decodeTrailers: () => 'continue',
  onDestroy: () => undefined,
}

export function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}
