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

export class Supervisor {
  readonly #deps: SupervisorDeps
  readonly #processes = new Map<number, SupervisedProcess>()
  readonly #killTimer: Timer
  readonly #done = Promise.withResolvers<number>()
  #nextEpoch = 0
  #ending = false
  #abnormal = false
  #proving = false
  #askedAgain = false

  constructor(deps: SupervisorDeps) {
    this.#deps = deps
    this.#killTimer = deps.dispatcher.timer(() => this.#killAll())
  }

  /** Starts the first epoch; the exit code, once everything has ended. */
  async run(): Promise<number> {
    this.#startNext()
    return this.#done.promise
  }

  /** The next epoch takes over, if its configuration is good. Asked meanwhile, it looks once more afterwards. */
  async restart(): Promise<void> {
    this.#askedAgain = this.#proving
    if (this.#proving || this.#ending) return
    this.#proving = true
    const good = await this.#deps.prove()
    this.#proving = false
    if (this.#askedAgain) return this.restart()
    if (this.#ending) return
    if (good) this.#startNext()
    else this.#deps.tell('the configuration is refused; the running process goes on with the one it has')
  }

  /** Everything ends, at the latest after half a minute. */
  end(): void {
    if (this.#ending) return this.#killAll()
    this.#ending = true
    for (const process of this.#processes.values()) process.kill('SIGTERM')
    this.#killTimer.enable(GRACEFUL_END_MS)
    this.#settle()
  }

  reopenLogs(): void {
    for (const process of this.#processes.values()) process.kill('SIGUSR1')
  }

  #startNext(): void {
    const epoch = this.#nextEpoch++
    const process = this.#deps.start(epoch)
    this.#processes.set(epoch, process)
    this.#deps.tell(`started epoch ${epoch} (pid ${process.pid})`)
    void process.ended.then((code) => this.#onEnd(epoch, process.pid, code))
  }

  #onEnd(epoch: number, pid: number, code: number | undefined): void {
    this.#processes.delete(epoch)
    const how = code === undefined ? 'was killed' : `ended with ${code}`
    this.#deps.tell(`epoch ${epoch} (pid ${pid}) ${how}`)
    if (code !== 0 && !this.#ending) {
      const others = [...this.#processes.keys()]
      if (others.length === 0) this.#abnormal = true
      else this.#deps.tell(`epoch ${Math.max(...others)} goes on`)
      // The process that serves expects the epoch after its own, also where one was there already and failed.
      if (others.length > 0) this.#nextEpoch = Math.max(...others) + 1
    }
    this.#settle()
  }

  #killAll(): void {
    this.#abnormal = true
    for (const process of this.#processes.values()) process.kill('SIGKILL')
  }

  #settle(): void {
    if (this.#processes.size > 0) return
    this.#killTimer.disable()
    this.#done.resolve(this.#abnormal ? 1 : 0)
  }
}
