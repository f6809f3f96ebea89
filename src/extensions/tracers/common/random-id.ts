/** Ids of spans and traces: hexadecimal, and never only zeros. */
import type { Random } from '../../../api/event.ts'

/** 64 bits. */
export function randomId(random: Random): string {
  for (;;) {
    const id = half(random) + half(random)
    if (id !== ZERO) return id
  }
}

const ZERO = '0'.repeat(16)

function half(random: Random): string {
  return random.u32().toString(16).padStart(8, '0')
}
