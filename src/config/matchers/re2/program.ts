/** Instructions of a compiled pattern, as far as their number depends on them. */

export type Instruction =
  | { readonly op: 'fail' }
  | { readonly op: 'match' }
  | { readonly op: 'alt'; out: number; out1: number; /** Loops over any byte, before a match. */ matches: boolean }
  | { readonly op: 'byte'; readonly lo: number; readonly hi: number; out: number }
  | { readonly op: 'capture' | 'empty-width' | 'nop'; out: number }

export interface Program {
  /** The first is `fail`, which also stands for nothing at all. */
  readonly instructions: readonly Instruction[]
  readonly start: number
  /** With a loop over any byte in front, unless the pattern begins at the start of the text. */
  readonly startUnanchored: number
}
