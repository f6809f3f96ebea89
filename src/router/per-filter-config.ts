/** `typed_per_filter_config` of one level: filter name → parsed configuration. */
import type { ParseContext } from '../api/extension.ts'
import type { Reader } from '../api/config.ts'

export type PerFilterConfigs = ReadonlyMap<string, unknown>

export function readPerFilterConfigs(reader: Reader, context: ParseContext): PerFilterConfigs {
  if (!reader.has('typed_per_filter_config')) return NONE
  return reader.map('typed_per_filter_config', (config, filterName) => context.perRouteConfig(config, filterName))
}

const NONE: PerFilterConfigs = new Map()

/** The first level (most specific first) that has a word for the filter. */
export function mostSpecific(levels: readonly PerFilterConfigs[], filterName: string): unknown {
  for (const level of levels) {
    const config = level.get(filterName)
    if (config !== undefined) return config
  }
  return undefined
}
