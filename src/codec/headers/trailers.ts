import type { Trailers } from '../../api/headers.ts'
import { FieldLines } from './field-lines.ts'

/** Trailers built by hand. */
export function newTrailers(): Trailers {
  return new FieldLines()
}
