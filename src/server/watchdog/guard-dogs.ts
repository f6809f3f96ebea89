/**
 * Both guard dogs of the process (`main_thread` and `workers`), owned by the main thread.
 *
 * Where no dog may end the process, the main thread looks after the workers itself, by a timer: another thread would cost
 * memory and a start for nothing but a line in the log a moment earlier. Stalls that come and go between two looks are
 * kept in the shared words of their thread, so that nothing is lost when it looks seldom while all threads sleep.
 * Otherwise the dogs live in a thread of their own (guard-dog-loop.ts).
 */
import type { Dispatcher, Random, Timer } from '../../api/event.ts'
import type { Logger } from '../../api/log.ts'
import type { Scope } from '../../api/stats.ts'
import type { LogSettings } from '../../log/thread-log.ts'
import type { GuardDogFinding } from './guard-dog.ts'
import { GuardDog } from './guard-dog.ts'
import type { GuardDogInit } from './guard-dog-loop.ts'
import type { GuardDogReport } from './guard-dog-report.ts'
import { GuardDogReporter } from './guard-dog-report.ts'
import type { WatchdogConfig, WatchdogsConfig } from './watchdog-config.ts'
import { mainThreadActivity, WatchedActivity, watchedWorkers } from './watched-thread.ts'
import { whereBlocked } from './where-blocked.ts'

/** How often the main thread looks while nobody is at work: an idle process should sleep. */
const CALM_INTERVAL_MS = 2000

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
    const watched = watchedWorkers(activity, concurrency)
    const dog = new GuardDog(this.#config.workers, watched, random.float())
    const own = new WatchedActivity('main_thread', mainThreadActivity(activity))
    const mainDog = new GuardDog(this.#config.mainThread, [own], 0)
    let dueAt = 0
    const arm = (): void => {
      const intervalMs = dog.alert ? dog.intervalMs : Math.max(dog.intervalMs, CALM_INTERVAL_MS)
      dueAt = dispatcher.preciseNow() + intervalMs
      timer.enable(dueAt - dispatcher.now)
    }
    const timer: Timer = dispatcher.timer(() => {
      const now = dispatcher.preciseNow()
      // The thread is in this very turn, so that it cannot be stuck: what is found is over.
      const found = [...mainDog.step(now)].filter(({ threads }) => threads.every(({ over }) => over === true))
      if (found.length === 0 && now - dueAt > this.#config.mainThread.missTimeoutMs) {
        found.push(...lateFindings(now - dueAt, this.#config.mainThread))
      }
      for (const finding of found) this.#reporter.report({ dog: 'main_thread', finding, where: '' })
      for (const finding of dog.step(now)) {
        const first = watched.find(({ name }) => name === finding.threads[0]?.name)
        this.#reporter.report({ dog: 'workers', finding, where: first === undefined ? '' : where(finding, first) })
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
    const own = mainThreadActivity(activity)
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

/** What blocks the main thread outside of its dispatcher (a signal's handler) shows in how late its timer is. */
function lateFindings(lateMs: number, config: WatchdogConfig): readonly GuardDogFinding[] {
  const threads = [{ name: 'main_thread', stuckMs: lateMs, over: true }]
  const miss = { event: 'MISS', threads } as const
  return lateMs > config.megamissTimeoutMs ? [{ event: 'MEGAMISS', threads }, miss] : [miss]
}

/** The state of the thread says something only while it is stuck. */
function where(finding: GuardDogFinding, thread: WatchedActivity): string {
  if (finding.threads[0]?.over !== true) return whereBlocked(thread.activity)
  const place = thread.activity.lastPlace
  return place === undefined ? '' : `last in ${place}`
}
