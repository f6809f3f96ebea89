/** Lists of HTTP filters in front of upstreams: of a router, or of a cluster's HttpProtocolOptions. */
import type { Reader } from '../../api/config.ts'
import type { ExtensionConfig, FactoryContext, ParseContext } from '../../api/extension.ts'
import type { HttpFilterEntry, HttpFilterFactory } from '../../api/http.ts'
import { below } from '../../config/below.ts'
import type { FilterDiscoveryConfig } from '../../config/filter-discovery/filter-discovery-config.ts'
import { isDiscovered, readFilterDiscovery } from '../../config/filter-discovery/filter-discovery-config.ts'
import { createDynamicHttpFilter } from '../../http/dynamic-http-filter.ts'
import { upstreamContext } from './upstream-context.ts'

const CATEGORY = 'envoy.filters.http'
const CODEC = 'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec'
const CODEC_NAME = 'envoy.filters.http.upstream_codec'

/** One filter, but for the codec, which ends each list. */
export interface UpstreamFilterConfig {
  readonly filter: ExtensionConfig<typeof CATEGORY> | FilterDiscoveryConfig<'upstream_http_filter'>
  /** Off unless a route enables it. */
  readonly disabled: boolean
}

/** How Envoy calls the list, and what it says of one without a codec behind it. */
export interface UpstreamFilterList {
  readonly field: string
  readonly chain: string
  missingCodec(lastName: string, lastType: string): string
}

/** undefined where the list is empty. */
export function readUpstreamFilters(
  reader: Reader,
  list: UpstreamFilterList,
  context: ParseContext,
): readonly UpstreamFilterConfig[] | undefined {
  const { field, chain } = list
  const entries = reader.json[field]
  const count = Array.isArray(entries) ? entries.length : 0
  if (count === 0) return undefined
  const upstream = upstreamContext(context)
  const filters: UpstreamFilterConfig[] = []
  reader.messages(field, (entry, index) => {
    const last = index === count - 1
    if (isCodec(entry)) return readCodec(entry, last, chain)
    const disabled = entry.bool('disabled', false)
    const filter = isDiscovered(entry)
      ? readDiscovered(entry, chain, upstream)
      : upstream.namedExtension(entry, CATEGORY)
    if (filter === undefined) return
    filters.push({ filter, disabled })
    if (last) {
      const message = list.missingCodec(filter.name, 'extension' in filter ? filter.extension.name : '')
      entry.error(undefined, 'NU171', message, `put ${CODEC_NAME} behind it`)
    }
  })
  return filters
}

/** ECDS. */
function readDiscovered(
  entry: Reader,
  chain: string,
  context: ParseContext,
): FilterDiscoveryConfig<'upstream_http_filter'> | undefined {
  entry.ignore('is_optional', 'in Envoy a filter that comes from elsewhere is never optional')
  return readFilterDiscovery(entry, { kind: 'upstream_http_filter', chain, last: false, checked: true }, context)
}

/** Looked at without reading: who reads the Any once must read all of it. */
function isCodec(entry: Reader): boolean {
  const typeUrl = String(below(entry.json, 'typed_config', '@type') ?? '')
  return typeUrl.slice(typeUrl.lastIndexOf('/') + 1) === CODEC
}

function readCodec(entry: Reader, last: boolean, chain: string): void {
  const name = entry.string('name')
  entry.ignore('is_optional', 'the codec is always there')
  entry.any('typed_config')?.reader.keep()
  if (!last) {
    const message = `Error: terminal filter named ${name} of type ${CODEC_NAME} must be the last filter in a ${chain} filter chain.`
    entry.error(undefined, 'NU171', message)
  } else if (entry.bool('disabled', false)) {
    const message = `Error: the last (terminal) filter (${name}) in the chain cannot be disabled by default.`
    entry.error('disabled', 'NU171', message)
  }
}

/** On the thread that will use them. */
export function createUpstreamFilters(
  filters: readonly UpstreamFilterConfig[],
  context: FactoryContext,
): readonly HttpFilterEntry[] {
  return filters.map(({ filter, disabled }) => ({
    name: filter.name,
    disabled,
    factory: createFilter(filter, context),
    place: context.dispatcher.place(`upstream http filter ${filter.name}`),
  }))
}

function createFilter(filter: UpstreamFilterConfig['filter'], context: FactoryContext): HttpFilterFactory {
  if ('extension' in filter) return filter.extension.create(filter.config, context)
  return createDynamicHttpFilter(filter, context)
}
