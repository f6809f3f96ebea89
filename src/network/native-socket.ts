/** What this room uses of the runtime's sockets. */
import type { SocketConnection } from './connection.ts'

/**
 * The runtime's TCP or Unix socket. `write` is one send at once, returns what the kernel took, keeps nothing of the
 * rest and says -1 when the socket is closed; `shutdown` is a FIN, `end` a close, `terminate` a reset.
 */
export interface NativeSocket {
  data: SocketConnection
  readonly fd: number
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  write(bytes: Uint8Array): number
  write(bytes: Uint8Array, offset: number, length: number): number
  pause(): void
  resume(): void
  shutdown(): void
  end(): void
  terminate(): void
}

/**
 * One object for all sockets of a thread (of a listener: `open` differs). There is no `error`: it would catch what our
 * own code throws, and that must end the process. Transport errors come with `close`.
 */
export interface NativeHandlers {
  open(socket: NativeSocket): void
  data(socket: NativeSocket, chunk: Uint8Array): void
  drain(socket: NativeSocket): void
  end(socket: NativeSocket): void
  close(socket: NativeSocket, error: Error | undefined): void
}

/** What `close` was given: `ECONNRESET`; '' for an orderly end. */
export function errorName(error: Error | undefined): string {
  if (error === undefined) return ''
  const { code } = error as NodeJS.ErrnoException
  return code ?? error.message
}
