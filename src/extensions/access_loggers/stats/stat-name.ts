/** Config.Stat: the name of a stat and its tags, whose values are formats. */
import type { Formatter, FormatterContext } from '../../../api/access-log.ts'
import type { Reader } from '../../../api/config.ts'
import type { MatchTree } from '../../../config/matchers/tree/match-tree.ts'
import { BUILT_IN_OPERATORS } from '../../../formatter/operators/all.ts'
import { readFormatText } from '../../../formatter/substitution-format.ts'
import type { TagRule } from './tag-rules.ts'
import { readTagRules } from './tag-rules.ts'

export interface StatNameConfig {
  readonly name: string
  readonly tags: readonly TagConfig[]
}

export interface TagConfig {
  readonly name: string
  readonly value: Formatter
  readonly rules: MatchTree<TagRule> | undefined
}

export function readStatName(reader: Reader): StatNameConfig {
  return {
    name: reader.string('name'),
    tags: reader.messages('tags', (tag) => ({
      name: tag.string('name'),
      value: readFormatText(tag, 'value_format', tag.string('value_format'), BUILT_IN_OPERATORS, true),
      rules: tag.message('rules', readTagRules),
    })),
  }
}

/** The value as wire text; `drop-stat`: the whole stat does not count, undefined: the tag is left out. */
export function tagValue({ value, rules }: TagConfig, record: FormatterContext): TagValue {
  const text = value.format(record)
  if (rules === undefined) return { text }
  const result = rules.match({ streamInfo: record.streamInfo, request: undefined, tagValue: text })
  if (result.kind !== 'match') return { text }
  const { action } = result
  switch (action.kind) {
    case 'keep':
      return { text }
    case 'drop-stat':
      return 'drop-stat'
    case 'drop-tag':
      return undefined
    case 'update-tag':
      return { text: action.value }
  }
}

export type TagValue = { readonly text: string } | 'drop-stat' | undefined
