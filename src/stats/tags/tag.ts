/** A part of a stat's name that says *which* rather than *what*: a label. */
export interface Tag {
  readonly name: string
  readonly value: string
}

/** A name and what is left of it without the parts that became tags. */
export interface TaggedName {
  readonly base: string
  readonly tags: readonly Tag[]
}
