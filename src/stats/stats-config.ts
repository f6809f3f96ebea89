/** envoy.config.metrics.v3.StatsConfig. */
import type { Reader } from '../api/config.ts'
import { DEFAULT_BUCKETS } from './histogram/statistics.ts'
import type { BucketBounds } from './render/bucket-bounds.ts'
import { readStatsMatcher } from './stats-matcher-config.ts'
import { EVERY_STAT } from './stats-matchers.ts'
import { DEFAULT_EXTRACTORS } from './tags/default-extractors.ts'
import { regexExtractor } from './tags/regex-extractor.ts'
import type { Tag } from './tags/tag.ts'
import type { TagExtractor } from './tags/tag-extractor.ts'
import { TagProducer } from './tags/tag-producer.ts'

export interface StatsConfig {
  readonly tags: TagProducer
  /** Whether a stat of this name is to be seen. */
  readonly accepts: (name: string) => boolean
  readonly buckets: BucketBounds
}

export interface StatsConfigDeps {
  /** Reads an envoy.type.matcher.v3.StringMatcher. */
  readonly readStringMatcher: (reader: Reader) => (value: string) => boolean
  /** `--stats-tag`; they come before the tags of the configuration. */
  readonly commandLineTags: readonly Tag[]
}

/** Without `stats_config` in the bootstrap. */
export function defaultStatsConfig(commandLineTags: readonly Tag[]): StatsConfig {
  return {
    tags: new TagProducer(DEFAULT_EXTRACTORS, commandLineTags, []),
    accepts: EVERY_STAT,
    buckets: () => DEFAULT_BUCKETS,
  }
}

export function parseStatsConfig(reader: Reader, deps: StatsConfigDeps): StatsConfig {
  const specifiers = reader.messages('stats_tags', readTagSpecifier)
  return {
    tags: tagProducer(reader, specifiers, deps.commandLineTags),
    accepts:
      reader.message('stats_matcher', (matcher) => readStatsMatcher(matcher, deps.readStringMatcher)) ?? EVERY_STAT,
    buckets: readBuckets(reader, deps),
  }
}

type TagSpecifier =
  | { readonly kind: 'fixed'; readonly tag: Tag }
  | { readonly kind: 'regex'; readonly extractor: TagExtractor }
  | { readonly kind: 'default'; readonly name: string }
  | { readonly kind: 'wrong' }

function readTagSpecifier(reader: Reader): TagSpecifier {
  const name = reader.string('tag_name')
  if (reader.oneof('tag_value') === 'fixed_value') {
    return { kind: 'fixed', tag: { name, value: reader.string('fixed_value') } }
  }
  const pattern = reader.string('regex')
  if (pattern === '') return readDefaultTag(reader, name)
  if (name === '') {
    reader.error('tag_name', 'NU261', 'tag_name cannot be empty')
    return { kind: 'wrong' }
  }
  try {
    return { kind: 'regex', extractor: regexExtractor(name, pattern) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    reader.error('regex', 'NU260', `Invalid regex '${pattern}': ${reason}`)
    return { kind: 'wrong' }
  }
}

function readDefaultTag(reader: Reader, name: string): TagSpecifier {
  if (DEFAULT_EXTRACTORS.some(({ tag }) => tag === name)) return { kind: 'default', name }
  const message = `No regex specified for tag specifier and no default regex for name: '${name}'`
  reader.error('tag_name', 'NU261', message)
  return { kind: 'wrong' }
}

function tagProducer(
  reader: Reader,
  specifiers: readonly TagSpecifier[],
  commandLineTags: readonly Tag[],
): TagProducer {
  const useDefaults = reader.bool('use_all_default_tags', true)
  const override = reader.bool('allow_default_tag_overrides', false)
  const configured: TagExtractor[] = []
  const fixed = [...commandLineTags]
  for (const specifier of specifiers) {
    if (specifier.kind === 'fixed') fixed.push(specifier.tag)
    if (specifier.kind === 'regex') configured.push(specifier.extractor)
    if (specifier.kind === 'default' && !useDefaults) {
      configured.push(...DEFAULT_EXTRACTORS.filter(({ tag }) => tag === specifier.name))
    }
  }
  const overridden = new Set(override ? [...configured.map(({ tag }) => tag), ...fixed.map(({ name }) => name)] : [])
  const defaults = useDefaults ? DEFAULT_EXTRACTORS.filter(({ tag }) => !overridden.has(tag)) : []
  return new TagProducer(defaults, fixed, configured)
}

function readBuckets(reader: Reader, deps: StatsConfigDeps): BucketBounds {
  const settings = reader.messages('histogram_bucket_settings', (setting) => {
    setting.ignore('bins', 'a hint for memory that is allocated beforehand; here bins are made when they are needed')
    return {
      matches: setting.message('match', deps.readStringMatcher) ?? (() => false),
      bounds: [...setting.numbers('buckets')].sort((a, b) => a - b),
    }
  })
  // One that says nothing of buckets leaves them to the next.
  const bounded = settings.filter(({ bounds }) => bounds.length > 0)
  return (name) => bounded.find((setting) => setting.matches(name))?.bounds ?? DEFAULT_BUCKETS
}
