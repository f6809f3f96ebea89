/** http_filters, of the connection manager or of an upgrade: the last one is terminal, and only that. */
import type { Reader } from '../../../../api/config.ts'
import type { ExtensionConfig, ParseContext } from '../../../../api/extension.ts'
import { isDiscovered, readFilterDiscovery } from '../../../../config/filter-discovery/filter-discovery-config.ts'
import { createDynamicHttpFilter } from '../../../../http/dynamic-http-filter.ts'
import type { HttpFilterConfig } from '../../../../http/connection-manager-config.ts'

type HttpFilterExtension = ExtensionConfig<'envoy.filters.http'>

/** `chain` is how Envoy calls it: `http` or `http upgrade`. */
export function readHttpFilters(
  reader: Reader,
  field: string,
  chain: string,
  context: ParseContext,
): HttpFilterConfig[] {
  const filters: HttpFilterConfig[] = []
  const count = countOf(reader, field)
  reader.messages(field, (entry, index) => {
    const disabled = entry.bool('disabled', false)
    const last = index === count - 1
    if (isDiscovered(entry)) {
      const filter = readDiscovered(entry, last, chain, context)
      if (last && disabled) refuseDisabled(entry, entry.string('name'))
      if (filter !== undefined) filters.push({ ...filter, disabled })
      return
    }
    const resolved = context.namedExtension(entry, 'envoy.filters.http')
    if (resolved === undefined) return
    checkPosition(entry, resolved, last, disabled, chain)
    const { extension, config, name } = resolved
    filters.push({ name, disabled, create: (factory) => extension.create(config, factory) })
  })
  return filters
}

/** ECDS. */
function readDiscovered(
  entry: Reader,
  last: boolean,
  chain: string,
  context: ParseContext,
): Omit<HttpFilterConfig, 'disabled'> | undefined {
  entry.ignore('is_optional', 'in Envoy a filter that comes from elsewhere is never optional')
  const config = readFilterDiscovery(entry, { kind: 'http_filter', chain, last, checked: true }, context)
  return config && { name: config.name, create: (factory) => createDynamicHttpFilter(config, factory) }
}

function countOf(reader: Reader, field: string): number {
  const list = reader.json[field]
  return Array.isArray(list) ? list.length : 0
}

function checkPosition(
  entry: Reader,
  { extension, name }: HttpFilterExtension,
  last: boolean,
  disabled: boolean,
  chain: string,
): void {
  const terminal = extension.terminal === true
  const what = `filter named ${name} of type ${extension.name}`
  if (terminal && !last) {
    entry.error(undefined, 'NU171', `Error: terminal ${what} must be the last filter in a ${chain} filter chain.`)
  } else if (!terminal && last) {
    entry.error(
      undefined,
      'NU171',
      `Error: non-terminal ${what} is the last filter in a ${chain} filter chain.`,
      'put envoy.filters.http.router behind it',
    )
  } else if (last && disabled) {
    refuseDisabled(entry, name)
  }
}

function refuseDisabled(entry: Reader, name: string): void {
  const message = `Error: the last (terminal) filter (${name}) in the chain cannot be disabled by default.`
  entry.error('disabled', 'NU171', message)
}
