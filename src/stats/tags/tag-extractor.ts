import type { StatName } from './stat-name.ts'

/** A tag's value and the range of the name that goes away with it. */
export interface FoundTag {
  readonly value: string
  readonly start: number
  readonly end: number
}

/** One way in which a name can carry a tag. */
export interface TagExtractor {
  readonly tag: string
  /** Only names that begin with this token can match; undefined: any name. It also decides the order of labels. */
  readonly firstToken: string | undefined
  /** What parts of the name must be, or be one of, behind the first. */
  readonly words?: readonly string[]
  find(name: StatName): FoundTag | undefined
}
