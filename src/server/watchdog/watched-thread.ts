/** A thread of the process as guard dogs watch it, through its shared words. */
import type { Observation } from '../../event/activity.ts'
import { Activity } from '../../event/activity.ts'
import type { Watched } from './guard-dog.ts'

export class WatchedActivity implements Watched {
  readonly name: string
  readonly activity: Activity
  readonly #beats: boolean
  #stallsSeen: number

  /** `beats`: the thread tells by `Activity.beat` that it lives. */
  constructor(name: string, activity: Activity, beats = false) {
    this.name = name
    this.activity = activity
    this.#beats = beats
    this.#stallsSeen = activity.stalls
  }

  observe(): Observation {
    return this.#beats ? this.activity.observeBeat() : this.activity.observe()
  }

  takeStalls(): readonly number[] {
    // Of a thread that beats, stalls are seen while they last.
    if (this.#beats || this.activity.stalls === this.#stallsSeen) return []
    const stalls = this.activity.stallsSince(this.#stallsSeen)
    this.#stallsSeen = this.activity.stalls
    return stalls
  }
}

/** Of the main thread. */
export function mainThreadActivity(memory: SharedArrayBuffer): Activity {
  return new Activity(memory, 0)
}

export function watchedWorkers(memory: SharedArrayBuffer, concurrency: number): readonly WatchedActivity[] {
  return Array.from(
    { length: concurrency },
    (_, index) => new WatchedActivity(`worker_${index}`, new Activity(memory, index + 1)),
  )
}
