import type { Extension } from '../../../src/api/extension.ts'
import type { DecoderFilter } from '../../../src/api/http.ts'

/** An http filter that keeps its thread busy for as many milliseconds as the header `x-block-ms` says. */
const blockingFilter: Extension<undefined, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'test.filters.http.block',
  // Any type that the schema knows. Where there is a filter for it, this one stands in its place.
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

/** The extensions of the program, with this filter among them. */
export function withBlockingFilter(extensions: readonly Extension[]): readonly Extension[] {
  const [type] = blockingFilter.typeNames
  const others = extensions.filter(
    ({ category, typeNames }) => category !== blockingFilter.category || !typeNames.includes(type!),
  )
  return [...others, blockingFilter]
}

export function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}
