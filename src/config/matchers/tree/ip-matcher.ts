/** xds.type.matcher.v3.IPMatcher: ranges of addresses, the longest prefix first. */
import type { Reader } from '../../../api/config.ts'
import { parseIp } from '../../../base/ip-bits.ts'
import { IpPrefixMap } from '../../../base/ip-prefix-map.ts'
import { readCidrPrefix } from '../../cidr-range.ts'
import type { InputText } from './data-input.ts'
import type { MatchingData, MatchNode } from './match-tree.ts'
import { INSUFFICIENT_DATA, NO_MATCH } from './match-tree.ts'

interface RangeEntry<A> {
  readonly onMatch: MatchNode<A>
  /** Counts only where no longer prefix matched as well. */
  readonly exclusive: boolean
}

export interface IpMatcherParts<A> {
  readonly text: (data: MatchingData) => InputText
  readonly onNoMatch: MatchNode<A>
  readonly readOnMatch: (reader: Reader) => MatchNode<A>
}

export function readIpMatcher<A>(reader: Reader, { text, onNoMatch, readOnMatch }: IpMatcherParts<A>): MatchNode<A> {
  const ranges = new IpPrefixMap<RangeEntry<A>>()
  reader.messages('range_matchers', (range) => {
    const onMatch = range.message('on_match', readOnMatch) ?? (() => NO_MATCH)
    const entry = { onMatch, exclusive: range.bool('exclusive', false) }
    for (const prefix of range.messages('ranges', readCidrPrefix)) ranges.add(prefix, entry)
  })
  return (data, skipped) => {
    const value = text(data)
    if (value === null) return INSUFFICIENT_DATA
    const ip = value === undefined ? undefined : parseIp(value)
    if (ip === undefined) return onNoMatch(data, skipped)
    const entries = ranges.all(ip)
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!
      if (i > 0 && entry.exclusive) continue
      const result = entry.onMatch(data, skipped)
      if (result.kind !== 'no-match') return result
    }
    return onNoMatch(data, skipped)
  }
}
