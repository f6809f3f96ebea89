/** Where a predicate or a map of the tree takes its value from (envoy.matching.{http,network}.input). */
import type { Reader } from '../../../api/config.ts'
import type { MatchingData } from './match-tree.ts'

/** `undefined`: there is no such value, for sure. `null`: what holds it has not come yet. */
export type InputText = string | undefined | null

export type DataInput =
  | { readonly kind: 'text'; readonly get: (data: MatchingData) => InputText }
  /** A value of dynamic metadata; only the metadata matcher takes it. */
  | { readonly kind: 'metadata'; readonly get: (data: MatchingData) => unknown }
  /** The attributes of the stream; only the CEL matcher takes them. */
  | { readonly kind: 'attributes' }

/** Reads the message inside the input's Any. */
export type DataInputReader = (reader: Reader) => DataInput

export type DataInputTable = Readonly<Record<string, DataInputReader>>

/** An input without settings. */
export function plainInput(get: (data: MatchingData) => InputText): DataInputReader {
  return () => ({ kind: 'text', get })
}
