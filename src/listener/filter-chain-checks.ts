/** What must hold between the parts of a listener, in Envoy's words. */
import type { ExtensionConfig } from '../api/extension.ts'
import type { Reader } from '../api/config.ts'
import type { Matchable } from './filter-chain-match.ts'

interface NamedChain extends Matchable {
  readonly name: string
}

/** Chains by their criteria. */
export type SeenCriteria = Map<string, string>

/** No two chains of a listener have the same criteria. Envoy names the listener by its address. */
export function checkCriteria(reader: Reader, address: string, chain: NamedChain, seen: SeenCriteria): void {
  const criteria = JSON.stringify(chain.match)
  const first = seen.get(criteria)
  seen.set(criteria, chain.name)
  if (first === undefined) return
  const rule = JSON.stringify(reader.json['filter_chain_match'] ?? {})
  const words = `filter chain '${chain.name}' has the same matching rules defined as '${first}'`
  reader.error(
    undefined,
    'NU141',
    `error adding listener '${address}': ${words}. duplicate matcher is: ${rule}`,
    'the first one would take every connection: merge the two, or match something else',
  )
}

/** A matcher chooses chains by their names. */
export function checkName(reader: Reader, address: string, { name }: NamedChain, seen: Set<string>): void {
  const where = `error adding listener '${address}'`
  if (name === '') reader.error(undefined, 'NU143', `${where}: "name" field is required when using a listener matcher`)
  else if (seen.has(name)) reader.error('name', 'NU143', `${where}: "name" field is duplicated with value '${name}'`)
  seen.add(name)
}

/** A terminal filter ends the chain and nothing but a terminal filter does. `filters` has gaps for those with errors. */
export function checkNetworkFilters(
  reader: Reader,
  filters: readonly (ExtensionConfig<'envoy.filters.network'> | undefined)[],
): void {
  filters.forEach((filter, index) => {
    if (filter === undefined) return
    const { name, extension } = filter
    const last = index === filters.length - 1
    const terminal = extension.terminal === true
    if (terminal === last) return
    const words = `named ${name} of type ${extension.name}`
    reader.error(
      'filters',
      'NU143',
      terminal
        ? `Error: terminal filter ${words} must be the last filter in a network filter chain.`
        : `Error: non-terminal filter ${words} is the last filter in a network filter chain.`,
    )
  })
}
