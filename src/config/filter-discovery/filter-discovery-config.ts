/** envoy.config.core.v3.ExtensionConfigSource: a filter whose configuration comes from elsewhere (ECDS). */
import type { FilterKind, FilterPlace, FilterSubscriptionRequest } from '../../api/discovery.ts'
import type { Reader } from '../../api/config.ts'
import type { ExtensionConfig, ParseContext } from '../../api/extension.ts'
import { below } from '../below.ts'
import { readConfigSource } from '../config-source.ts'
import type { FilterCategory } from './filter-categories.ts'
import { FILTER_CATEGORIES } from './filter-categories.ts'
import type { FilterWish } from './filter-misfit.ts'
import { positionMisfit, typeMisfit } from './filter-misfit.ts'

export interface FilterDiscoveryConfig<F extends FilterKind = FilterKind> extends FilterWish {
  /** See FilterSubscriptionRequest. */
  readonly key: string
  /** Serves while nothing else has come that may stand here. */
  readonly defaultFilter: ExtensionConfig<FilterCategory<F>> | undefined
}

/** Whether the entry of a list of filters has its configuration elsewhere. */
export function isDiscovered(entry: Reader): boolean {
  return entry.oneof('config_type') === 'config_discovery'
}

/** `entry`: a filter, with `name` and `config_discovery`. Undefined after an error was reported. */
export function readFilterDiscovery<F extends FilterKind>(
  entry: Reader,
  place: FilterPlace & { readonly kind: F },
  context: ParseContext,
): FilterDiscoveryConfig<F> | undefined {
  const name = entry.string('name')
  if (!entry.has('config_discovery')) {
    const message = 'Missing config source specifier in envoy::config::core::v3::ConfigSource'
    entry.error(undefined, 'NU109', message, 'a filter that comes from elsewhere needs config_discovery')
  }
  return entry.message('config_discovery', (reader) => {
    const typeNames = reader.strings('type_urls').map(typeNameOf)
    const wish = { name, place, typeNames }
    checkTypes(reader, wish, context)
    const source = reader.message('config_source', readConfigSource)
    const defaultFilter = readDefault(reader, wish, place.kind, context)
    const warms = !reader.bool('apply_default_config_without_warming', false)
    if (!warms && !reader.has('default_config') && place.checked) {
      const message = `Error: ${word(place)}filter config ${name} applied without warming but has no default config.`
      reader.error('apply_default_config_without_warming', 'NU197', message)
    }
    if (source === undefined) return undefined
    const key = JSON.stringify([place.kind, name, reader.json['config_source'] ?? null])
    const request: FilterSubscriptionRequest = { kind: 'filter', key, name, source, place, typeNames, warms }
    if (context.require === undefined) reader.unsupported(undefined, 'a filter that comes from elsewhere')
    else context.require(request)
    return { ...wish, key, defaultFilter }
  })
}

function typeNameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf('/') + 1)
}

function checkTypes(reader: Reader, { place, typeNames }: FilterWish, context: ParseContext): void {
  for (const typeName of typeNames) {
    const extension = context.extensionOfType(FILTER_CATEGORIES[place.kind], typeName)
    if (extension === 'unsupported') reader.error('type_urls', 'NU123', `${typeName} is not supported by Nuncio yet`)
    else if (!place.checked) continue
    else if (extension === undefined || (place.kind === 'upstream_http_filter' && extension.upstream !== true)) {
      const message = `Error: no ${word(place)}factory found for a required type URL ${typeName}.`
      reader.error('type_urls', 'NU124', message)
    }
  }
}

function readDefault<F extends FilterKind>(
  reader: Reader,
  wish: FilterWish,
  kind: F,
  context: ParseContext,
): ExtensionConfig<FilterCategory<F>> | undefined {
  const typeUrl = below(reader.json, 'default_config', '@type')
  const category: FilterCategory<F> = FILTER_CATEGORIES[kind]
  const found = context.extension(reader, 'default_config', category)
  if (found === undefined || typeof typeUrl !== 'string') return found
  const misfit = typeMisfit(wish, typeNameOf(typeUrl)) ?? positionMisfit(wish, found.extension)
  if (misfit !== undefined) reader.error('default_config', 'NU171', misfit)
  return { ...found, name: wish.name }
}

function word({ kind }: FilterPlace): string {
  return kind === 'tcp_listener_filter' ? 'listener ' : ''
}
