/** A socket as its connection uses it. */
import type { LargeBuffer } from '../platform/native-buffer.ts'
import type { KernelAddress } from '../platform/socket-address.ts'

export interface NativeSocket {
  /** -1 once it is closed. For reading options, never for closing. */
  readonly fd: number
  /** Asked of the kernel each time; undefined when there is none (any more). */
  readonly localAddress: KernelAddress | undefined
  /**
   * One send at once of the first `length` bytes (default: all). Returns what the kernel took and keeps nothing of the
   * rest: there is room again when `onNativeDrain` comes. -1: the socket is broken, `onNativeClose` comes.
   */
  write(bytes: Uint8Array, length?: number): number
  /** The same for `length` bytes from `from` on. */
  writePart(memory: LargeBuffer, from: number, length: number): number
  /** Bytes come no more, nor does the end; a reset still does. */
  pause(): void
  resume(): void
  /** Sends a FIN. */
  shutdown(): void
  /** Closes; nothing is told any more. */
  end(): void
  /** Closes with a reset. */
  terminate(): void
}
