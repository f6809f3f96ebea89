/** Turns `json_format` into a pattern: the struct's own JSON text, whose strings hold the flags. */
import type { Json } from '../api/config.ts'

/** They would put bare quotes and line breaks into JSON; `%j` is there for it. */
const UNSAFE_FLAGS = ['%v', '%_']

export type JsonPattern =
  | { readonly ok: true; readonly pattern: string }
  | { readonly ok: false; readonly error: string }

export function jsonPattern(fields: Readonly<Record<string, Json>>): JsonPattern {
  const pattern = JSON.stringify(fields)
  const unsafe = UNSAFE_FLAGS.find((flag) => pattern.includes(flag))
  if (unsafe === undefined) return { ok: true, pattern }
  return {
    ok: false,
    error: `setJsonLogFormat error: INVALID_ARGUMENT: Usage of ${unsafe} is unavailable for JSON log formats`,
  }
}
