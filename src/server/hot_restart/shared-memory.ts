/**
 * The region that the epochs of one base id share: its size and version say whether they understand each other, a flag
 * says that one of them is starting. Envoy also keeps two locks in it, for log lines that take more than one write; ours
 * take one, so the locks are initialised for Envoy and never taken.
 *
 * Envoy does not remove the flag of a start that was killed. Ours holds a file lock while it starts, which dies with
 * it, so a later epoch can tell such a flag from a living one.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, unlinkSync, constants, fstatSync, statSync } from 'node:fs'
import { tryLockFile } from '../../platform/process-control.ts'

const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants

/** glibc's pthread_mutex_t; its kind is at 16. */
const MUTEX_SIZE = process.arch === 'arm64' ? 48 : 40
const MUTEX_KIND_AT = 16
/** Process-shared and robust. */
const MUTEX_KIND = 0x90
const LOCKS_AT = 16
const FLAGS_AT = LOCKS_AT + 2 * MUTEX_SIZE
const REGION_SIZE = FLAGS_AT + 8
const PROTOCOL_VERSION = 11

const INITIALIZING = 1n
/** Set beside INITIALIZING by a starter that holds the lock. */
const INITIALIZER_LOCKS = 2n

/** As --hot-restart-version prints it. */
export const HOT_RESTART_VERSION = `${PROTOCOL_VERSION}.${REGION_SIZE}`

export type OpenedRegion =
  | { readonly ok: true; readonly region: SharedRegion }
  | { readonly ok: false; readonly message: string; readonly missing: boolean }

/** Of epoch 0: whatever has the name is replaced. */
export function createSharedRegion(scaledBaseId: number): OpenedRegion {
  const path = pathOf(scaledBaseId)
  removeFile(path)
  try {
    const fd = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    ftruncateSync(fd, REGION_SIZE)
    const region = new SharedRegion(path, fd)
    region.initialize()
    return { ok: true, region }
  } catch (error) {
    return cannotOpen(scaledBaseId, error)
  }
}

/** Of later epochs. Fails where the region is missing or another version made it. */
export function openSharedRegion(scaledBaseId: number): OpenedRegion {
  const path = pathOf(scaledBaseId)
  try {
    const fd = openSync(path, O_RDWR | O_NOFOLLOW)
    const bytes = readFileSync(fd)
    const complaint = mismatch(bytes)
    if (complaint === undefined) return { ok: true, region: new SharedRegion(path, fd) }
    closeSync(fd)
    return { ok: false, message: complaint, missing: false }
  } catch (error) {
    return cannotOpen(scaledBaseId, error)
  }
}

export class SharedRegion {
  readonly #path: string
  readonly #bytes: Uint8Array
  readonly #flags: BigInt64Array
  readonly #inode: number
  /** Open while this process may hold the lock. */
  #fd: number

  constructor(path: string, fd: number) {
    this.#path = path
    this.#fd = fd
    this.#inode = fstatSync(fd).ino
    this.#bytes = Bun.mmap(path)
    this.#flags = new BigInt64Array(this.#bytes.buffer, this.#bytes.byteOffset + FLAGS_AT, 1)
  }

  initialize(): void {
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset)
    view.setBigUint64(0, BigInt(REGION_SIZE), true)
    view.setBigUint64(8, BigInt(PROTOCOL_VERSION), true)
    for (let lock = 0; lock < 2; lock++) view.setInt32(LOCKS_AT + lock * MUTEX_SIZE + MUTEX_KIND_AT, MUTEX_KIND, true)
  }

  /** Whether the next epoch finds it. */
  get named(): boolean {
    return inodeOf(this.#path) === this.#inode
  }

  get initializing(): boolean {
    return (Atomics.load(this.#flags, 0) & INITIALIZING) !== 0n
  }

  /** False: another process is starting. */
  beginInitializing(): boolean {
    const before = Atomics.or(this.#flags, 0, INITIALIZING)
    const starterLocks = (before & INITIALIZER_LOCKS) !== 0n
    if ((before & INITIALIZING) !== 0n && !starterLocks) return false
    if (!tryLockFile(this.#fd)) return false
    Atomics.or(this.#flags, 0, INITIALIZER_LOCKS)
    return true
  }

  /** Also of a flag that a dead child has left. */
  endInitializing(): void {
    Atomics.and(this.#flags, 0, ~(INITIALIZING | INITIALIZER_LOCKS))
    this.#releaseLock()
  }

  /** Takes the name away, unless a later start has given it to another region. */
  remove(): void {
    this.#releaseLock()
    if (this.named) removeFile(this.#path)
  }

  #releaseLock(): void {
    if (this.#fd >= 0) closeSync(this.#fd)
    this.#fd = -1
  }
}

function mismatch(bytes: Buffer): string | undefined {
  const size = bytes.length < REGION_SIZE ? bytes.length : Number(bytes.readBigUInt64LE(0))
  const version = bytes.length < 16 ? 0 : Number(bytes.readBigUInt64LE(8))
  const what = size !== REGION_SIZE ? 'SharedMemory size' : version !== PROTOCOL_VERSION ? 'version' : undefined
  if (what === undefined) return undefined
  return (
    `Hot restart ${what} mismatch! You must have hot restarted into a not-hot-restart-compatible new version of Envoy.\n` +
    `The running process speaks ${version}.${size}, this one ${HOT_RESTART_VERSION}. Stop the running process and start ` +
    `with --restart-epoch 0, or start beside it with another --base-id and listeners with enable_reuse_port, and stop ` +
    `it then.`
  )
}

function cannotOpen(scaledBaseId: number, error: unknown): OpenedRegion {
  const { code, message } = error as NodeJS.ErrnoException
  const reason = code === 'ENOENT' ? 'No such file or directory' : message
  return {
    ok: false,
    missing: code === 'ENOENT',
    message: `cannot open shared memory region ${nameOf(scaledBaseId)} check user permissions. Error: ${reason}`,
  }
}

function nameOf(scaledBaseId: number): string {
  return `/envoy_shared_memory_${scaledBaseId}`
}

/** Where Linux keeps what shm_open(3) makes. */
function pathOf(scaledBaseId: number): string {
  return `/dev/shm${nameOf(scaledBaseId)}`
}

function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Not there.
  }
}

function inodeOf(path: string): number | undefined {
  try {
    return statSync(path).ino
  } catch {
    return undefined
  }
}
