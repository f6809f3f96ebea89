/** The kernel's event queue (epoll(7)) of one thread. */
import { errno, libc } from './libc.ts'
import { NativeBuffer } from './native-buffer.ts'
import { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL } from './epoll-constants.ts'

const MOST_EVENTS = 1024
/** `struct epoll_event` in 32-bit words: events, then 64 bits of ours, which only x86-64 does not align. */
const STRIDE = process.arch === 'x64' ? 3 : 4
const TAG = process.arch === 'x64' ? 1 : 2

export class Epoll {
  readonly fd: number
  readonly #control = new NativeBuffer(STRIDE * 4)
  readonly #controlWords = new Int32Array(this.#control.bytes.buffer)
  readonly #events = new NativeBuffer(MOST_EVENTS * STRIDE * 4)
  readonly #words = new Int32Array(this.#events.bytes.buffer)

  /** Throws when the process has no descriptor left. */
  constructor() {
    this.fd = libc.epoll_create1(EPOLL_CLOEXEC)
    if (this.fd < 0) throw new Error(`epoll_create1: error ${errno()}`)
  }

  /** `events` of `fd` are reported with the two numbers. Returns the error number, 0 for success. */
  add(fd: number, events: number, generation: number): number {
    this.#controlWords[0] = events
    this.#controlWords[TAG] = fd
    this.#controlWords[TAG + 1] = generation
    return libc.epoll_ctl(this.fd, EPOLL_CTL_ADD, fd, this.#control.address) < 0 ? errno() : 0
  }

  remove(fd: number): void {
    libc.epoll_ctl(this.fd, EPOLL_CTL_DEL, fd, this.#control.address)
  }

  /**
   * Waits for at most `ms` (0: only looks). Returns how many events there are; they are to be read before the next call.
   * 0 also when a signal came.
   */
  wait(ms: number): number {
    const count = libc.epoll_wait(this.fd, this.#events.address, MOST_EVENTS, ms)
    return count < 0 ? 0 : count
  }

  eventsAt(index: number): number {
    return this.#words[index * STRIDE]!
  }

  fdAt(index: number): number {
    return this.#words[index * STRIDE + TAG]!
  }

  generationAt(index: number): number {
    return this.#words[index * STRIDE + TAG + 1]!
  }

  close(): void {
    libc.close(this.fd)
  }
}

/** A descriptor that never becomes readable by itself (eventfd(2)), or -1. */
export function eventDescriptor(): number {
  return libc.eventfd(0, EPOLL_CLOEXEC)
}
