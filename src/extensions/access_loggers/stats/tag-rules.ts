/** `rules` of a tag: a matcher over its value, with what becomes of the tag or of the whole stat. */
import type { AnyReader, Reader } from '../../../api/config.ts'
import { toWireText } from '../../../base/wire-text.ts'
import type { MatchTree } from '../../../config/matchers/tree/match-tree.ts'
import { readMatchTree, refuseAction } from '../../../config/matchers/tree/read-match-tree.ts'

export type TagRule =
  | { readonly kind: 'keep' }
  | { readonly kind: 'drop-stat' }
  | { readonly kind: 'drop-tag' }
  /** `value`: wire text. */
  | { readonly kind: 'update-tag'; readonly value: string }

export function readTagRules(reader: Reader): MatchTree<TagRule> {
  return readMatchTree(reader, { inputs: 'stat-tag', readAction })
}

const TRANSFORM_STAT = 'envoy.extensions.matching.actions.transform_stat.v3.TransformStat'

function readAction(any: AnyReader, at: Reader): TagRule | undefined {
  if (any.typeName !== TRANSFORM_STAT) return refuseAction(at, any)
  const { reader } = any
  const update = reader.message('update_tag', (inner) => toWireText(inner.string('new_tag_value')))
  const dropsTag = reader.message('drop_tag', () => true) === true
  // Of several Envoy takes the first of these.
  if (reader.message('drop_stat', () => true) === true) return { kind: 'drop-stat' }
  if (dropsTag) return { kind: 'drop-tag' }
  return update === undefined ? { kind: 'keep' } : { kind: 'update-tag', value: update }
}
