/** What the main thread makes of findings: statistics and lines of the log. */
import type { Logger } from '../../api/log.ts'
import type { Counter, Scope } from '../../api/stats.ts'
import type { GuardDogFinding } from './guard-dog.ts'

/** `main_thread` and `workers` are Envoy's names of the two dogs. */
export type GuardDogName = 'main_thread' | 'workers'

/** Plain data: crosses threads. */
export interface GuardDogReport {
  readonly dog: GuardDogName
  readonly finding: GuardDogFinding
  /** Of the first thread of the finding. */
  readonly where: string
}

interface Misses {
  readonly miss: Counter
  readonly megaMiss: Counter
}

const SOURCE = 'source/server/guarddog_impl.cc:0'
/** Envoy's megamiss. */
const LONG_STALL_MS = 1000

export class GuardDogReporter {
  readonly #log: Logger
  readonly #dogs: Readonly<Record<GuardDogName, Misses>>
  readonly #threads: ReadonlyMap<string, Misses>

  constructor(root: Scope, log: Logger, concurrency: number) {
    this.#log = log
    this.#dogs = { main_thread: missesOf(root, 'main_thread.'), workers: missesOf(root, 'workers.') }
    const names = ['main_thread', ...Array.from({ length: concurrency }, (_, index) => `worker_${index}`)]
    this.#threads = new Map(names.map((name) => [name, missesOf(root, `server.${name}.`)]))
  }

  report({ dog, finding, where }: GuardDogReport): void {
    for (const { name, stuckMs, over } of finding.threads) {
      const ms = Math.round(stuckMs)
      switch (finding.event) {
        case 'MISS':
          this.#dogs[dog].miss.inc()
          this.#threads.get(name)?.miss.inc()
          this.#say(ms, missText(name, ms, over === true, where))
          break
        case 'MEGAMISS':
          this.#dogs[dog].megaMiss.inc()
          this.#threads.get(name)?.megaMiss.inc()
          // One that is over was told as a miss, with its whole length.
          if (over !== true) this.#say(ms, missText(name, ms, false, where))
          break
        case 'BACK':
          this.#say(ms, `${name} is back at its event loop after ${ms} ms or more`)
          break
        case 'KILL':
        case 'MULTIKILL':
          // Whoever finds these acts at once.
          break
      }
    }
  }

  /** Short stalls happen on any busy machine and are nobody's concern unless he asks. */
  #say(stuckMs: number, message: string): void {
    if (stuckMs >= LONG_STALL_MS) this.#log.warning(SOURCE, message)
    else this.#log.info(SOURCE, message)
  }
}

function missText(name: string, ms: number, over: boolean, where: string): string {
  const away = over ? 'was away from its event loop for' : 'has not come back to its event loop for'
  return `${name} ${away} ${ms} ms${where === '' ? '' : ` (${where})`}`
}

function missesOf(root: Scope, owner: string): Misses {
  return { miss: root.counter(`${owner}watchdog_miss`), megaMiss: root.counter(`${owner}watchdog_mega_miss`) }
}
