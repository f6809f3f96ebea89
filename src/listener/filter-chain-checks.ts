/** What must hold between the parts of a listener, in Envoy's words. */
import type { ExtensionConfig } from '../api/extension.ts'
import type { Reader } from '../api/config.ts'
import type { Matchable } from './filter-chain-match.ts'

interface NamedChain extends Matchable {
  readonly name: string
}

/** At least one chain, and no two with the same criteria. */
export function checkFilterChains(
  reader: Reader,
  listener: string,
  chains: readonly NamedChain[],
  hasDefault: boolean,
): void {
  if (chains.length === 0 && !hasDefault) {
    reader.error('filter_chains', 'NU140', `error adding listener '${listener}': no filter chains specified`)
  }
  const seen = new Map<string, string>()
  chains.forEach((chain) => {
    const criteria = JSON.stringify(chain.match)
    const first = seen.get(criteria)
    if (first !== undefined) {
      reader.error(
        'filter_chains',
        'NU141',
        `error adding listener '${listener}': filter chain '${chain.name}' has the same matching rules defined as '${first}'`,
      )
    }
    seen.set(criteria, chain.name)
  })
}

/** A terminal filter ends the chain and nothing but a terminal filter does. */
export function checkNetworkFilters(
  reader: Reader,
  filters: readonly ExtensionConfig<'envoy.filters.network'>[],
): void {
  filters.forEach(({ name, extension }, index) => {
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
