/** The process's own randomness. Balancing and jitter need speed, ids need to be unguessable. */
import type { Random } from '../api/event.ts'

export const systemRandom: Random = {
  u32: () => (Math.random() * 0x1_0000_0000) >>> 0,
  float: () => Math.random(),
  uuid: () => crypto.randomUUID(),
}
