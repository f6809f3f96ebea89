/**
 * The guard dog's own thread, which is there only when a dog may end the process: it must do so also while the main
 * thread is blocked. It has no event loop, sleeps between its looks, and costs nothing else.
 */
import { writeSync } from 'node:fs'
import type { LogSink } from '../../api/log.ts'
import { monotonicMs, wallMs } from '../../event/clock.ts'
import type { LogSettings } from '../../log/thread-log.ts'
import { ThreadLog } from '../../log/thread-log.ts'
import { threadId } from '../../platform/thread-id.ts'
import { ENVOY_VERSION } from '../version.ts'
import type { GuardDogFinding } from './guard-dog.ts'
import { GuardDog } from './guard-dog.ts'
import type { GuardDogName, GuardDogReport } from './guard-dog-report.ts'
import type { WatchdogConfig, WatchdogEvent } from './watchdog-config.ts'
import { mainThreadActivity, WatchedActivity, watchedWorkers } from './watched-thread.ts'
import { whereBlocked } from './where-blocked.ts'

/** Plain data and shared memory: crosses to the thread at its start. */
export interface GuardDogInit {
  /** Activity of the main thread (0) and of worker i (i + 1). */
  readonly activity: SharedArrayBuffer
  readonly concurrency: number
  /** One word: the thread ends once it is not zero. */
  readonly stop: SharedArrayBuffer
  readonly dogs: readonly { readonly name: GuardDogName; readonly config: WatchdogConfig; readonly random: number }[]
  readonly log: LogSettings
}

export interface GuardDogLoopDeps {
  send(report: GuardDogReport): void
  /** Ends the process. */
  abort(): void
}

interface Kennel {
  readonly name: GuardDogName
  readonly dog: GuardDog
  readonly abortOn: ReadonlySet<WatchdogEvent>
}

/** Returns when it is told to stop. The main thread has to beat, see `Activity.beat`. */
export function runGuardDogs(init: GuardDogInit, deps: GuardDogLoopDeps): void {
  const stop = new Int32Array(init.stop)
  const mainThread = new WatchedActivity('main_thread', mainThreadActivity(init.activity), true)
  const threads = [mainThread, ...watchedWorkers(init.activity, init.concurrency)]
  const log = threadLog(init)
  const kennels = init.dogs.map(({ name, config, random }): Kennel => {
    const own = threads.filter((thread) => (thread.name === 'main_thread') === (name === 'main_thread'))
    return { name, dog: new GuardDog(config, own, random), abortOn: config.abortOn }
  })
  const intervalMs = Math.min(...kennels.map(({ dog }) => dog.intervalMs))
  while (Atomics.wait(stop, 0, 0, intervalMs) === 'timed-out') {
    for (const { name, dog, abortOn } of kennels) {
      for (const finding of dog.step(monotonicMs())) {
        const first = threads.find((thread) => thread.name === finding.threads[0]?.name)
        deps.send({ dog: name, finding, where: first === undefined ? '' : whereBlocked(first.activity) })
        if (finding.event !== 'BACK' && abortOn.has(finding.event)) end(finding, first, log, deps)
      }
    }
  }
}

function end(finding: GuardDogFinding, thread: WatchedActivity | undefined, log: ThreadLog, deps: GuardDogLoopDeps) {
  const names = finding.threads.map(({ name, stuckMs }) => `${name} (${Math.round(stuckMs)} ms)`).join(', ')
  const where = thread === undefined ? '' : whereBlocked(thread.activity)
  const misc = log.logger('misc')
  misc.error('source/server/guarddog_impl.cc:0', `watchdog ${finding.event}: stuck: ${names}; ${where}`)
  const text = `AbortAction sending abort signal to thread with tid ${thread?.activity.threadId ?? 0}.`
  misc.error('source/common/watchdog/abort_action.cc:33', text)
  deps.abort()
}

/** Lines go out at once, past the buffers of the main thread, which may not run any more. */
function threadLog(init: GuardDogInit): ThreadLog {
  const sink: LogSink = { write: (line) => void writeSync(STDERR, Buffer.from(line, 'latin1')), flush: () => undefined }
  return new ThreadLog(init.log, {
    sink,
    threadId: threadId(),
    processId: process.pid,
    version: ENVOY_VERSION,
    wallNow: wallMs,
  })
}

const STDERR = 2
