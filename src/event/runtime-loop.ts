/**
 * The runtime's own event loop, seen from outside: it cannot be run from JavaScript, but the descriptor that it waits on
 * can be waited on by another loop, and it can be made to wait for a descriptor of ours.
 *
 * A descriptor that is no socket is taken for one by `Bun.connect({ fd })`: once it is readable the runtime fails to read
 * it, closes it and says so. That is the wake-up. A test fails when this changes (event/file-events.test.ts).
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { eventDescriptor } from '../platform/epoll.ts'
import { duplicateDescriptor } from '../platform/socket-calls.ts'

interface Sentinel {
  end(): void
}

export class RuntimeLoop {
  readonly #onReadable: () => void
  #sentinel: Sentinel | undefined = undefined

  /** `onReadable` is called once after each `watch`, from the runtime's loop. */
  constructor(onReadable: () => void) {
    this.#onReadable = onReadable
  }

  /** What the runtime's loop of this thread waits on; undefined where that cannot be found out. Costs files to read. */
  findDescriptor(): number | undefined {
    const probe = eventDescriptor()
    if (probe < 0) return undefined
    const sentinel = this.#connect(probe, () => undefined)
    const found = waitingFor(probe)
    sentinel?.end()
    return found
  }

  /** The thread keeps running, and wakes when `fd` is readable. */
  watch(fd: number): void {
    if (this.#sentinel !== undefined) return
    const copy = duplicateDescriptor(fd)
    if (copy < 0) return
    this.#sentinel = this.#connect(copy, () => {
      if (this.#sentinel === undefined) return
      this.#sentinel = undefined
      this.#onReadable()
    })
  }

  unwatch(): void {
    const sentinel = this.#sentinel
    this.#sentinel = undefined
    sentinel?.end()
  }

  #connect(fd: number, close: () => void): Sentinel | undefined {
    let opened: Sentinel | undefined
    const connect = Bun.connect as unknown as (options: object) => Promise<unknown>
    const nothing = (): void => undefined
    const open = (socket: Sentinel): void => {
      opened = socket
    }
    connect({ fd, socket: { open, data: nothing, drain: nothing, end: nothing, error: nothing, close } }).catch(nothing)
    return opened
  }
}

/** The epoll descriptor of this process that waits for `fd`. */
function waitingFor(fd: number): number | undefined {
  const line = new RegExp(`^tfd:\\s*${fd}\\s`, 'm')
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      if (readlinkSync(`/proc/self/fd/${name}`) !== 'anon_inode:[eventpoll]') continue
      if (line.test(readFileSync(`/proc/self/fdinfo/${name}`, 'utf8'))) return Number(name)
    } catch {
      // Closed meanwhile, by another thread.
    }
  }
  return undefined
}
