/** upgrade_configs: which protocols may take over a connection, and through which filters. */
import type { Reader } from '../../../../api/config.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import type { UpgradeConfig } from '../../../../http/connection-manager-config.ts'
import { readHttpFilters } from './http-filters.ts'

export function readUpgrades(reader: Reader, context: ParseContext): UpgradeConfig[] {
  const seen = new Set<string>()
  return reader.messages('upgrade_configs', (entry) => {
    const name = entry.string('upgrade_type')
    const type = name.toLowerCase()
    if (seen.has(type)) {
      entry.error('upgrade_type', 'NU173', `Error: multiple upgrade configs with the same name: '${name}'`)
    }
    seen.add(type)
    const filters = readHttpFilters(entry, 'filters', 'http upgrade', context)
    return {
      type,
      enabled: entry.bool('enabled', true),
      filters: filters.length === 0 ? undefined : filters,
    }
  })
}
