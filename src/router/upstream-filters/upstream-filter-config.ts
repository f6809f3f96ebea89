/** Lists of HTTP filters in front of upstreams: of a router, or of a cluster's HttpProtocolOptions. */
import type { Reader } from '../../api/config.ts'
import type { ExtensionCategory, ExtensionConfig, FactoryContext, ParseContext } from '../../api/extension.ts'
import type { HttpFilterEntry } from '../../api/http.ts'
import { below } from '../../config/below.ts'

const CATEGORY = 'envoy.filters.http'
const CODEC = 'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec'
const CODEC_NAME = 'envoy.filters.http.upstream_codec'

/** One filter, but for the codec, which ends each list. */
export interface UpstreamFilterConfig {
  readonly filter: ExtensionConfig<typeof CATEGORY>
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
    const filter = upstream.namedExtension(entry, CATEGORY)
    if (filter === undefined) return
    filters.push({ filter, disabled })
    if (last) {
      const message = list.missingCodec(filter.name, filter.extension.name)
      entry.error(undefined, 'NU171', message, `put ${CODEC_NAME} behind it`)
    }
  })
  return filters
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

/** Knows the filters that may stand in front of an upstream, also inside of those that hold others. */
function upstreamContext(context: ParseContext): ParseContext {
  return {
    ...context,
    namedExtension<K extends ExtensionCategory>(this: ParseContext, reader: Reader, category: K) {
      // `call` forgets that it gives what the category makes.
      const found = context.namedExtension.call(this, reader, category) as ExtensionConfig<K> | undefined
      if (found === undefined || category !== CATEGORY || found.extension.upstream === true) return found
      const typeName = found.extension.typeNames[0]
      const message = `Didn't find a registered implementation for '${found.name}' with type URL: '${typeName}'`
      reader.error('typed_config', 'NU124', message, 'this filter cannot stand in front of an upstream')
      return undefined
    },
  }
}

/** On the thread that will use them. */
export function createUpstreamFilters(
  filters: readonly UpstreamFilterConfig[],
  context: FactoryContext,
): readonly HttpFilterEntry[] {
  return filters.map(({ filter: { extension, config, name }, disabled }) => ({
    name,
    disabled,
    factory: extension.create(config, context),
    place: context.dispatcher.place(`upstream http filter ${name}`),
  }))
}
