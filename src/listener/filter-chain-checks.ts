/** What must hold between the parts of a listener, in Envoy's words. */
import type { Reader } from '../api/config.ts'
import type { NetworkFilterConfig } from './network-filter-config.ts'
import type { FilterChainMatch, Matchable } from './filter-chain-match.ts'

interface NamedChain extends Matchable {
  readonly name: string
}

/** What the chains of a listener match, so that no connection could be two chains'. */
export class SeenCriteria {
  /** Names of chains by their filter_chain_match. */
  readonly #rules = new Map<string, string>()
  /** One for each combination of single values. */
  readonly #combinations = new Set<string>()

  /** Envoy names the listener by its address. */
  add(reader: Reader, address: string, chain: NamedChain): void {
    const rule = JSON.stringify(reader.json['filter_chain_match'] ?? {})
    const first = this.#rules.get(rule)
    this.#rules.set(rule, chain.name)
    const hint = 'the first one would take every connection: merge the two, or match something else'
    const where = `error adding listener '${address}'`
    if (first !== undefined) {
      const words = `filter chain '${chain.name}' has the same matching rules defined as '${first}'`
      reader.error(undefined, 'NU141', `${where}: ${words}. duplicate matcher is: ${rule}`, hint)
    } else if (!this.#addCombinations(chain.match)) {
      const message = `${where}: multiple filter chains with overlapping matching rules are defined`
      reader.error('filter_chain_match', 'NU141', message, hint)
    }
  }

  /** False: one of them is there already. */
  #addCombinations(match: FilterChainMatch): boolean {
    const texts = (ranges: readonly { readonly text: string }[]): readonly string[] => ranges.map(({ text }) => text)
    const criteria: readonly (readonly (string | number)[])[] = [
      [match.destinationPort ?? ''],
      texts(match.prefixRanges),
      match.serverNames,
      [match.transportProtocol],
      match.applicationProtocols,
      texts(match.directSourcePrefixRanges),
      [match.sourceType],
      texts(match.sourcePrefixRanges),
      match.sourcePorts,
    ]
    let combinations = ['']
    for (const values of criteria) {
      const all = values.length === 0 ? [''] : values
      combinations = combinations.flatMap((combination) => all.map((value) => `${combination}${value}\n`))
    }
    let isNew = true
    for (const combination of combinations) {
      if (this.#combinations.has(combination)) isNew = false
      this.#combinations.add(combination)
    }
    return isNew
  }
}

/** A matcher chooses chains by their names. */
export function checkName(reader: Reader, address: string, { name }: NamedChain, seen: Set<string>): void {
  const where = `error adding listener '${address}'`
  if (name === '') reader.error(undefined, 'NU143', `${where}: "name" field is required when using a listener matcher`)
  else if (seen.has(name)) reader.error('name', 'NU143', `${where}: "name" field is duplicated with value '${name}'`)
  seen.add(name)
}

/** A terminal filter ends the chain and nothing but a terminal filter does. `filters` has gaps for those with errors. */
export function checkNetworkFilters(reader: Reader, filters: readonly (NetworkFilterConfig | undefined)[]): void {
  filters.forEach((filter, index) => {
    if (filter === undefined || !('extension' in filter)) return
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
