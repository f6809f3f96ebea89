import type { ByteQueue } from '../base/byte-queue.ts'

export type { ByteQueue }

/**
 * Bytes that were put together in memory which is used again: whoever is given them copies what it needs before it
 * returns.
 */
export interface ComposedBytes {
  readonly bytes: Buffer
  /** How many of the bytes count, from the first one on. */
  readonly length: number
}

/** Told when a buffer crosses its limits. Calls are paired and may nest over several buffers: receivers count them. */
export interface WatermarkObserver {
  onAboveHighWatermark(): void
  onBelowLowWatermark(): void
}
