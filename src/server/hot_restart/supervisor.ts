/**
 * `nuncio supervise`: starts the proxy and, whenever it is told, the next epoch of it (Envoy's hot-restarter.py, without
 * a script of one's own). It ends when no process is left that serves.
 *
 * Unlike Envoy's it proves the configuration before each epoch, and a process that dies while another one serves does
 * not take that one with it.
 */
import type { Dispatcher, Timer } from '../../api/event.ts'

/** A proxy process. */
export interface SupervisedProcess {
  readonly pid: number
  /** Resolves when it has taken over: only then it lets another epoch start. May never resolve. */
  readonly serving: Promise<void>
  /** The exit code; undefined after a signal. Never rejects. */
  readonly ended: Promise<number | undefined>
  kill(signal: 'SIGTERM' | 'SIGKILL' | 'SIGUSR1'): void
}

export interface SupervisorDeps {
  readonly dispatcher: Dispatcher
  start(epoch: number): SupervisedProcess
  /** Whether the configuration is good; tells the user what is wrong with it. */
  prove(): Promise<boolean>
  tell(line: string): void
}

const GRACEFUL_END_MS = 30_000
/** Envoy's protocol has sockets for so many: an epoch takes the names of the one this many before it. */
const LIVING_EPOCHS = 3

interface Epoch {
  readonly process: SupervisedProcess
  serves: boolean
}

export class Supervisor {
  readonly #deps: SupervisorDeps
  readonly #epochs = new Map<number, Epoch>()
  readonly #killTimer: Timer
  readonly #done = Promise.withResolvers<number>()
  #nextEpoch = 0
  #ending = false
  #abnormal = false
  /** A restart was asked for and has not been looked at. */
  #asked = false
  /** Proves a configuration, or waits for its turn. */
  #busy = false
  #wake: () => void = () => undefined

  constructor(deps: SupervisorDeps) {
    this.#deps = deps
    this.#killTimer = deps.dispatcher.timer(() => this.#killAll())
  }

  /** Starts the first epoch; the exit code, once everything has ended. */
  async run(): Promise<number> {
    this.#startNext()
    return this.#done.promise
  }

  /**
   * The next epoch takes over, if its configuration is good and as soon as the newest one serves. Asked meanwhile, it
   * looks once more: no change is lost.
   */
  async restart(): Promise<void> {
    this.#asked = true
    if (this.#busy) return
    this.#busy = true
    while (this.#asked && !this.#ending) {
      this.#asked = false
      const good = await this.#deps.prove()
      if (good) await this.#untilTurn()
      if (this.#ending || this.#asked) continue
      if (good) this.#startNext()
      else this.#deps.tell('the configuration is refused; the running process goes on with the one it has')
    }
    this.#busy = false
  }

  /** Everything ends, at the latest after half a minute. */
  end(): void {
    if (this.#ending) return this.#killAll()
    this.#ending = true
    for (const { process } of this.#epochs.values()) process.kill('SIGTERM')
    this.#killTimer.enable(GRACEFUL_END_MS)
    this.#settle()
  }

  reopenLogs(): void {
    for (const { process } of this.#epochs.values()) process.kill('SIGUSR1')
  }

  #startNext(): void {
    const epoch = this.#nextEpoch++
    const process = this.#deps.start(epoch)
    const started: Epoch = { process, serves: false }
    this.#epochs.set(epoch, started)
    this.#deps.tell(`started epoch ${epoch} (pid ${process.pid})`)
    void process.serving.then(() => {
      started.serves = true
      this.#wake()
    })
    void process.ended.then((code) => this.#onEnd(epoch, process.pid, code))
  }

  /** A proxy that starts while another one does ends at once, and so does one whose sockets are still taken. */
  async #untilTurn(): Promise<void> {
    let told = false
    for (let obstacle = this.#obstacle(); obstacle !== undefined && !this.#ending; obstacle = this.#obstacle()) {
      if (!told) this.#deps.tell(`the next epoch waits until ${obstacle}`)
      told = true
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      await promise
    }
  }

  #obstacle(): string | undefined {
    const newest = this.#epochs.get(this.#nextEpoch - 1)
    if (newest?.serves === false) return `epoch ${this.#nextEpoch - 1} serves`
    const oldest = this.#nextEpoch - LIVING_EPOCHS
    return this.#epochs.has(oldest) ? `epoch ${oldest} has ended` : undefined
  }

  #onEnd(epoch: number, pid: number, code: number | undefined): void {
    this.#epochs.delete(epoch)
    const how = code === undefined ? 'was killed' : `ended with ${code}`
    this.#deps.tell(`epoch ${epoch} (pid ${pid}) ${how}`)
    if (code !== 0 && !this.#ending) {
      const others = [...this.#epochs.keys()]
      if (others.length === 0) this.#abnormal = true
      else this.#deps.tell(`epoch ${Math.max(...others)} goes on`)
      // The process that serves expects the epoch after its own, also where one was there already and failed.
      if (others.length > 0) this.#nextEpoch = Math.max(...others) + 1
    }
    this.#settle()
  }

  #killAll(): void {
    this.#abnormal = true
    for (const { process } of this.#epochs.values()) process.kill('SIGKILL')
  }

  #settle(): void {
    this.#wake()
    if (this.#epochs.size > 0) return
    this.#ending = true
    this.#killTimer.disable()
    this.#done.resolve(this.#abnormal ? 1 : 0)
  }
}
