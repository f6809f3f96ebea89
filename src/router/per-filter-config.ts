/** `typed_per_filter_config` of one level: filter name → parsed configuration. */
import type { Reader } from '../api/config.ts'
import type { ParseContext, PerRouteFilterConfig } from '../api/extension.ts'

export type PerFilterConfigs = ReadonlyMap<string, PerRouteFilterConfig>

const NONE: PerFilterConfigs = new Map()

export function readPerFilterConfigs(reader: Reader, context: ParseContext): PerFilterConfigs {
  if (!reader.has('typed_per_filter_config')) return NONE
  const configs = new Map<string, PerRouteFilterConfig>()
  reader.map('typed_per_filter_config', (entry, filterName) => {
    const config = context.perRouteConfig(entry, filterName)
    if (config !== undefined) configs.set(filterName, config)
  })
  return configs
}

/** The first level (most specific first) that has a word for the filter. */
export function mostSpecific(
  levels: readonly PerFilterConfigs[],
  filterName: string,
): PerRouteFilterConfig | undefined {
  for (const level of levels) {
    const config = level.get(filterName)
    if (config !== undefined) return config
  }
  return undefined
}
