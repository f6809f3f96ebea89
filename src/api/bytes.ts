import type { ByteQueue } from '../base/byte-queue.ts'

export type { ByteQueue }

/** Told when a buffer crosses its limits. Calls are paired and may nest over several buffers: receivers count them. */
export interface WatermarkObserver {
  onAboveHighWatermark(): void
  onBelowLowWatermark(): void
}
