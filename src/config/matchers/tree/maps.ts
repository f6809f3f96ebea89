/** MatcherTree over the text of one input: exact_match_map and prefix_match_map. */
import { toWireText } from '../../../base/wire-text.ts'
import type { InputText } from './data-input.ts'
import type { MatchingData, MatchNode } from './match-tree.ts'
import { INSUFFICIENT_DATA } from './match-tree.ts'

type Text = (data: MatchingData) => InputText
type Entries<A> = ReadonlyMap<string, MatchNode<A>>

/** One look-up. An entry that comes to nothing gives way to `onNoMatch`. */
export function exactMap<A>(text: Text, entries: Entries<A>, onNoMatch: MatchNode<A>): MatchNode<A> {
  const byText = new Map([...entries].map(([key, node]) => [toWireText(key), node]))
  return (data, skipped) => {
    const value = text(data)
    if (value === null) return INSUFFICIENT_DATA
    const entry = value === undefined ? undefined : byText.get(value)
    if (entry !== undefined) {
      const result = entry(data, skipped)
      if (result.kind !== 'no-match') return result
    }
    return onNoMatch(data, skipped)
  }
}

/** The longest prefix first, then shorter ones while nothing comes of it: a look-up for each length that occurs. */
export function prefixMap<A>(text: Text, entries: Entries<A>, onNoMatch: MatchNode<A>): MatchNode<A> {
  const byPrefix = new Map([...entries].map(([key, node]) => [toWireText(key), node]))
  const lengths = [...new Set([...byPrefix.keys()].map((key) => key.length))].sort((a, b) => b - a)
  return (data, skipped) => {
    const value = text(data)
    if (value === null) return INSUFFICIENT_DATA
    if (value === undefined) return onNoMatch(data, skipped)
    for (let i = 0; i < lengths.length; i++) {
      const length = lengths[i]!
      if (length > value.length) continue
      const entry = byPrefix.get(value.slice(0, length))
      if (entry === undefined) continue
      const result = entry(data, skipped)
      if (result.kind !== 'no-match') return result
    }
    return onNoMatch(data, skipped)
  }
}
