/*
 * What a file sink writes to. `/dev/stdout` and `/dev/stderr` are the process's own descriptors.
 *
 * A write must never wait for a reader: a pipe (or terminal) whose other end sleeps would stop the whole thread. The
 * descriptors that we inherit block, and setting O_NONBLOCK on them would change them for our parent too, so a pipe is
 * opened once more through /proc, which makes a description of our own. A socket cannot be opened that way; it is
 * written to as it is (systemd's journal, which reads steadily).
 */
import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { openErrorText } from './open-error.ts'

export interface Destination {
  readonly fd: number
  /** Bytes that one write may carry without being torn apart by other writers; lines are grouped up to it. */
  readonly atomicBytes: number
  /** The process's own output: reopening it means nothing. */
  readonly standard: boolean
  /** Not opened by us, so it must stay open. */
  readonly inherited: boolean
}

export type OpenedDestination =
  | { readonly ok: true; readonly destination: Destination }
  | { readonly ok: false; readonly error: string }

/** POSIX promises 512; Linux gives 4096. */
const PIPE_ATOMIC_BYTES = process.platform === 'linux' ? 4096 : 512

/** Appends to a file are atomic at any length; this only bounds one system call. */
const FILE_ATOMIC_BYTES = 1 << 20

const FILE_MODE = 0o644

const STANDARD: Readonly<Record<string, number>> = { '/dev/stdout': 1, '/dev/stderr': 2 }

export function openDestination(path: string): OpenedDestination {
  const standard = STANDARD[path]
  if (standard !== undefined) return { ok: true, destination: standardDestination(standard) }
  try {
    // O_NONBLOCK means nothing to a file, and keeps the opening of a named pipe from waiting for a reader.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK
    const fd = openSync(path, flags, FILE_MODE)
    return { ok: true, destination: { fd, atomicBytes: atomicBytes(fd), standard: false, inherited: false } }
  } catch (error) {
    return { ok: false, error: openErrorText(path, error) }
  }
}

export function closeDestination({ fd, inherited }: Destination): void {
  if (inherited) return
  try {
    closeSync(fd)
  } catch {
    // The kernel has let go of the descriptor whatever it says.
  }
}

/** Standard output (1) or error (2). Never fails: where it is closed, the writes will. */
function standardDestination(fd: number): Destination {
  const own = waitsForReader(fd) ? reopenStandard(fd) : undefined
  if (own !== undefined) return { fd: own, atomicBytes: atomicBytes(own), standard: true, inherited: false }
  return { fd, atomicBytes: atomicBytes(fd), standard: true, inherited: true }
}

function reopenStandard(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch {
    return undefined // no /proc here, or the pipe belongs to another user
  }
}

function waitsForReader(fd: number): boolean {
  try {
    const stat = fstatSync(fd)
    return stat.isFIFO() || stat.isCharacterDevice()
  } catch {
    return false
  }
}

function atomicBytes(fd: number): number {
  try {
    return fstatSync(fd).isFile() ? FILE_ATOMIC_BYTES : PIPE_ATOMIC_BYTES
  } catch {
    return PIPE_ATOMIC_BYTES
  }
}
