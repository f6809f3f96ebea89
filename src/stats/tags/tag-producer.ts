import { splitName } from './stat-name.ts'
import type { Tag, TaggedName } from './tag.ts'
import type { FoundTag, TagExtractor } from './tag-extractor.ts'

/** Envoy makes these before it knows of tags; fixed tags are never put on them. */
const UNTAGGED = /^(?:filesystem\.|server\.hot_restart_generation$)/

/**
 * Takes the tags out of stat names. Extractors see the whole name, whatever others have taken from it; the first to
 * find a tag has it.
 */
export class TagProducer {
  /** Those that are put on every stat. */
  readonly fixed: readonly Tag[]
  readonly #anyName: TagExtractor[] = []
  readonly #byFirstToken = new Map<string, TagExtractor[]>()
  /** Where among the extractors for any name the fixed tags stand. */
  readonly #fixedAt: number
  readonly #configured: readonly TagExtractor[]
  /** Parts that extractors know by name. */
  readonly #words: ReadonlySet<string>
  readonly #given = new Map<string, TaggedName>()

  /** `extractors` in the order of labels: defaults, then fixed tags, then those by configuration. */
  constructor(defaults: readonly TagExtractor[], fixed: readonly Tag[], configured: readonly TagExtractor[]) {
    for (const extractor of defaults) this.#add(extractor)
    this.fixed = fixed
    this.#fixedAt = this.#anyName.length
    for (const extractor of configured) this.#add(extractor)
    this.#configured = configured
    this.#words = new Set(defaults.flatMap(({ words = [] }) => words))
  }

  /** Whoever makes the stat of this name says what its tags are; no others are put on it. */
  give(text: string, given: TaggedName): void {
    this.#given.set(text, given)
  }

  isGiven(text: string): boolean {
    return this.#given.has(text)
  }

  /** Whether there is a name that tags are given for. */
  get hasGiven(): boolean {
    return this.#given.size > 0
  }

  produce(text: string): TaggedName {
    const given = this.#given.get(text)
    if (given !== undefined) return given
    if (UNTAGGED.test(text)) return { base: text, tags: [] }
    const name = splitName(text)
    const tags: Tag[] = []
    const removals: FoundTag[] = []
    const apply = (extractor: TagExtractor): void => {
      const found = extractor.find(name)
      if (found === undefined || tags.some((tag) => tag.name === extractor.tag)) return
      tags.push({ name: extractor.tag, value: found.value })
      removals.push(found)
    }
    this.#anyName.slice(0, this.#fixedAt).forEach(apply)
    for (const fixed of this.fixed) {
      if (!tags.some((tag) => tag.name === fixed.name)) tags.push(fixed)
    }
    this.#anyName.slice(this.#fixedAt).forEach(apply)
    this.#byFirstToken.get(name.tokens[0] ?? '')?.forEach(apply)
    return { base: withoutRanges(text, removals), tags }
  }

  /** Whether the configuration has a say in names that begin with this part: then a tag may depend on anything in them. */
  isConfiguredFor(firstToken: string): boolean {
    return this.#configured.some((extractor) => (extractor.firstToken ?? firstToken) === firstToken)
  }

  /** Whether a part of a name is more than a name that others have given: an extractor by default looks for it. */
  looksFor(token: string): boolean {
    return this.#words.has(token)
  }

  #add(extractor: TagExtractor): void {
    if (extractor.firstToken === undefined) {
      this.#anyName.push(extractor)
      return
    }
    const list = this.#byFirstToken.get(extractor.firstToken)
    if (list === undefined) this.#byFirstToken.set(extractor.firstToken, [extractor])
    else list.push(extractor)
  }
}

/** Ranges may overlap. A dot left at the end goes too. */
function withoutRanges(text: string, ranges: readonly FoundTag[]): string {
  let kept = ''
  let at = 0
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    if (start > at) kept += text.slice(at, start)
    at = Math.max(at, end)
  }
  kept += text.slice(at)
  return kept.endsWith('.') ? kept.slice(0, -1) : kept
}
