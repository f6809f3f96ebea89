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

interface RuntimeSocket {
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
    const sentinel = new Sentinel(probe, () => undefined)
    const found = waitingFor(probe)
    sentinel.dismiss()
    return found
  }

  /** The thread keeps running, and wakes when `fd` is readable. False: it cannot, as there is no descriptor left. */
  watch(fd: number): boolean {
    if (this.#sentinel !== undefined) return true
    const copy = duplicateDescriptor(fd)
    if (copy < 0) return false
    this.#sentinel = new Sentinel(copy, () => {
      this.#sentinel = undefined
      this.#onReadable()
    })
    return true
  }

  unwatch(): void {
    this.#sentinel?.dismiss()
    this.#sentinel = undefined
  }
}

/** A descriptor in the hands of the runtime, which tells once when it is readable or was not to be waited for. */
class Sentinel {
  #socket: RuntimeSocket | undefined = undefined
  #over = false

  constructor(fd: number, onReadable: () => void) {
    const connect = Bun.connect as unknown as (options: object) => Promise<unknown>
    const nothing = (): void => undefined
    const open = (socket: RuntimeSocket): void => {
      this.#socket = socket
      if (this.#over) socket.end()
    }
    const close = (): void => {
      if (this.#over) return
      this.#over = true
      onReadable()
    }
    connect({ fd, socket: { open, data: nothing, drain: nothing, end: nothing, error: nothing, close } }).catch(close)
  }

  dismiss(): void {
    this.#over = true
    this.#socket?.end()
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
