/** xds.type.matcher.v3.ServerNameMatcher: exact domains, then `*.` wildcards from the longest, then `*`. */
import type { Reader } from '../../../api/config.ts'
import { toWireText } from '../../../base/wire-text.ts'
import type { IpMatcherParts } from './ip-matcher.ts'
import type { MatchingData, MatchNode, MatchResult, SkippedMatch } from './match-tree.ts'
import { INSUFFICIENT_DATA, NO_MATCH } from './match-tree.ts'

export function readServerNameMatcher<A>(
  reader: Reader,
  { text, onNoMatch, readOnMatch }: IpMatcherParts<A>,
): MatchNode<A> {
  const domains = new Domains<A>()
  reader.messages('domain_matchers', (matcher) => {
    const onMatch = matcher.message('on_match', readOnMatch) ?? (() => NO_MATCH)
    for (const domain of matcher.strings('domains')) {
      const problem = domains.add(domain, onMatch)
      if (problem !== undefined) matcher.error('domains', 'NU182', problem)
    }
  })
  return (data, skipped) => {
    const value = text(data)
    if (value === null) return INSUFFICIENT_DATA
    if (value === undefined || value === '') return onNoMatch(data, skipped)
    const result = domains.match(value, data, skipped)
    return result.kind === 'no-match' ? onNoMatch(data, skipped) : result
  }
}

class Domains<A> {
  /** Wildcards without their `*`: `.example.com`. */
  readonly #nodes = new Map<string, MatchNode<A>>()

  /** What is wrong with the domain, or undefined. */
  add(domain: string, node: MatchNode<A>): string | undefined {
    const key = domain.startsWith('*.') ? domain.slice(1) : domain
    if (domain === '') return 'Empty domain in ServerNameMatcher'
    if (domain !== '*' && domain.includes('*')) {
      const wrong = `Invalid wildcard domain format: ${domain}.`
      if (!/^\*\../.test(domain)) return `${wrong} Only '*' and '*.domain' patterns are supported`
      if (key.includes('*')) return `${wrong} Multiple wildcards are not supported`
    }
    if (this.#nodes.has(key)) return `Duplicate domain in ServerNameMatcher: ${domain}`
    this.#nodes.set(toWireText(key), node)
    return undefined
  }

  match(name: string, data: MatchingData, skipped: SkippedMatch<A> | undefined): MatchResult<A> {
    const exact = this.#at(name.startsWith('.') || name === '*' ? '' : name, data, skipped)
    if (exact.kind !== 'no-match') return exact
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const result = this.#at(name.slice(dot), data, skipped)
      if (result.kind !== 'no-match') return result
    }
    return this.#at('*', data, skipped)
  }

  #at(key: string, data: MatchingData, skipped: SkippedMatch<A> | undefined): MatchResult<A> {
    const node = this.#nodes.get(key)
    return node === undefined ? NO_MATCH : node(data, skipped)
  }
}
