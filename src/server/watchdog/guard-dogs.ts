/**
 * Both guard dogs of the process (`main_thread` and `workers`), owned by the main thread.
 *
 * Where no dog may end the process, the main thread looks after the workers itself, by a timer, and finds out that it was
 * blocked by how late that timer is: another thread would cost memory and a start for nothing but a line in the log a
 * moment earlier. Otherwise they live in a thread of their own (guard-dog-loop.ts).
 */
import type { Dispatcher, Random, Timer } from '../../api/event.ts'
import type { Logger } from '../../api/log.ts'
import type { Scope } from '../../api/stats.ts'
import { Activity } from '../../event/activity.ts'
import type { LogSettings } from '../../log/thread-log.ts'
import { GuardDog } from './guard-dog.ts'
import type { GuardDogInit } from './guard-dog-loop.ts'
import type { GuardDogReport } from './guard-dog-report.ts'
import { GuardDogReporter } from './guard-dog-report.ts'
import type { WatchdogsConfig } from './watchdog-config.ts'
import { whereBlocked } from './where-blocked.ts'

export interface GuardDogsDeps {
  readonly dispatcher: Dispatcher
  readonly scope: Scope
  readonly logger: Logger
  readonly logSettings: LogSettings
  readonly random: Random
  readonly concurrency: number
  /** Of the main thread (0) and of worker i (i + 1). */
  readonly activity: SharedArrayBuffer
  /** Starts `runGuardDogs` in a thread of its own; the result ends it. */
  startThread(init: GuardDogInit, report: (report: GuardDogReport) => void): () => void
}

export class GuardDogs {
  readonly #config: WatchdogsConfig
  readonly #deps: GuardDogsDeps
  readonly #reporter: GuardDogReporter
  #stop: (() => void) | undefined = undefined

  /** Counts from the start on, looks from `start` on. */
  constructor(config: WatchdogsConfig, deps: GuardDogsDeps) {
    this.#config = config
    this.#deps = deps
    this.#reporter = new GuardDogReporter(deps.scope, deps.logger, deps.concurrency)
  }

  /** Call it once the workers run. */
  start(): void {
    const { mainThread, workers } = this.#config
    const mayKill = mainThread.abortOn.size > 0 || workers.abortOn.size > 0
    this.#stop = mayKill ? this.#startThread() : this.#startTimer()
  }

  stop(): void {
    this.#stop?.()
    this.#stop = undefined
  }

  #startTimer(): () => void {
    const { dispatcher, activity, concurrency, random } = this.#deps
    const activities = new Map(
      Array.from({ length: concurrency }, (_, index) => [`worker_${index}`, new Activity(activity, index + 1)]),
    )
    const watched = [...activities].map(([name, its]) => ({ name, observe: () => its.observe() }))
    const dog = new GuardDog(this.#config.workers, watched, random.float())
    const mainThread = new MainThreadLateness(this.#config.mainThread)
    const intervalMs = Math.min(dog.intervalMs, new GuardDog(this.#config.mainThread, [], 0).intervalMs)
    let dueAt = 0
    const arm = (): void => {
      dueAt = dispatcher.preciseNow() + intervalMs
      timer.enable(dueAt - dispatcher.now)
    }
    const timer: Timer = dispatcher.timer(() => {
      const now = dispatcher.preciseNow()
      for (const event of mainThread.events(now - dueAt)) {
        const finding = { event, threads: [{ name: 'main_thread', stuckMs: now - dueAt }] }
        this.#reporter.report({ dog: 'main_thread', finding, where: 'it is back' })
      }
      for (const finding of dog.step(now)) {
        const first = activities.get(finding.threads[0]?.name ?? '')
        this.#reporter.report({ dog: 'workers', finding, where: first === undefined ? '' : whereBlocked(first) })
      }
      arm()
    })
    arm()
    return () => timer.disable()
  }

  #startThread(): () => void {
    const { dispatcher, activity, concurrency, logSettings, random } = this.#deps
    const stop = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
    const { mainThread, workers } = this.#config
    const end = this.#deps.startThread(
      {
        activity,
        concurrency,
        stop,
        log: logSettings,
        dogs: [
          { name: 'main_thread', config: mainThread, random: random.float() },
          { name: 'workers', config: workers, random: random.float() },
        ],
      },
      (report) => this.#reporter.report(report),
    )
    const own = new Activity(activity, 0)
    const beatMs = new GuardDog(mainThread, [], 0).intervalMs / 2
    const timer: Timer = dispatcher.timer(() => {
      own.beat()
      timer.enable(beatMs)
    })
    timer.enable(beatMs)
    return () => {
      timer.disable()
      Atomics.store(new Int32Array(stop), 0, 1)
      Atomics.notify(new Int32Array(stop), 0)
      end()
    }
  }
}

/** The main thread's own misses, found when it is back. */
class MainThreadLateness {
  readonly #missTimeoutMs: number
  readonly #megamissTimeoutMs: number

  constructor(timeouts: { readonly missTimeoutMs: number; readonly megamissTimeoutMs: number }) {
    this.#missTimeoutMs = timeouts.missTimeoutMs
    this.#megamissTimeoutMs = timeouts.megamissTimeoutMs
  }

  events(lateMs: number): readonly ('MEGAMISS' | 'MISS')[] {
    if (lateMs <= this.#missTimeoutMs) return []
    return lateMs <= this.#megamissTimeoutMs ? ['MISS'] : ['MEGAMISS', 'MISS']
  }
}
