/**
 * The event loop of one thread. Every thread (main and each worker) has exactly one dispatcher; nothing
 * else touches clocks or timers. Tests use the simulated dispatcher of `event/`.
 */
export interface Dispatcher {
  /** `main_thread` or `worker_<i>`. */
  readonly name: string
  /** Monotonic milliseconds (fractional), read once per turn of the loop: cheap, and equal within a callback. */
  readonly now: number
  /** Wall-clock milliseconds since the Unix epoch, consistent with `now` (start + elapsed). */
  readonly wallNow: number
  /** A precise monotonic reading in milliseconds, for what must be measured inside a turn. */
  preciseNow(): number
  /** A disarmed timer. Create one per purpose and re-arm it; arming and disarming are O(1) and allocate nothing. */
  timer(callback: () => void): Timer
  /** Runs `callback` once after the socket callbacks of this turn, in order of posting. */
  post(callback: () => void): void
  /** Closes `thing` at the end of this turn, when no caller of it can be on the stack any more. */
  deferredDelete(thing: Deletable): void
  /**
   * Around every callback of the runtime that is not a timer of this dispatcher (sockets, messages): tells the watchdog
   * that the thread is at work, and dispatcher stats when a turn begins. Not nested; costs a few nanoseconds.
   */
  callbackBegins(): void
  callbackEnds(): void
  /** A number for what `name` says, for `at`. Ask once per thing and thread, not on the hot path. */
  place(name: string): number
  /** Code of this place is entered, for instance an extension's: where a watchdog says that the thread hangs. */
  at(place: number): void
  /** What a room keeps once per thread: the one object of this class, made at first use. Not for the hot path. */
  local<T extends object>(Kind: new (dispatcher: Dispatcher) => T): T
  /** The descriptors that this thread waits for. There are none in simulated time: asking for them throws. */
  readonly files: FileEvents
}

/** Waits for descriptors (Envoy's FileEvent). */
export interface FileEvents {
  /**
   * From now on `target` is told of `fd`: 'edge': whenever it becomes readable, writable or ended anew; 'level': in each
   * turn in which it is readable. Returns the error number, 0 for success.
   */
  add(fd: number, trigger: 'edge' | 'level', target: FileTarget): number
  /** Before `fd` is given to somebody else, or the system is asked to close it while copies live on. */
  remove(fd: number): void
  /** `fd` is about to be closed, and has no copies. */
  forget(fd: number): void
  /** In the next turn `target` is told of `events` of `fd`, unless it was forgotten until then. */
  activate(fd: number, events: number): void
}

export interface FileTarget {
  /** `events` are the kernel's (platform/epoll-constants.ts). */
  onFileEvent(events: number): void
}

export interface Deletable {
  destroy(): void
}

export interface Timer {
  /** Arms (or re-arms) the timer to fire once, `ms` from `dispatcher.now`. 0 fires on the next tick. Granularity 1 ms or better. */
  enable(ms: number): void
  /** Disarms; harmless when not armed. The callback never runs after this. */
  disable(): void
  readonly enabled: boolean
}

/** Randomness as a capability, so that tests inject their own. */
export interface Random {
  /** An unsigned 32-bit integer. */
  u32(): number
  /** A float in [0, 1). */
  float(): number
  /** A version 4 UUID in lower case. */
  uuid(): string
}
