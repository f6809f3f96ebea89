/** Both ends of the guard dogs' thread: what the main thread starts, and what the thread's entry file calls. */
import { ownPort, RuntimeThread } from '../workers/runtime-thread.ts'
import type { GuardDogInit } from './guard-dog-loop.ts'
import { runGuardDogs } from './guard-dog-loop.ts'
import type { GuardDogReport } from './guard-dog-report.ts'

/** `entry`: the file that calls `runGuardDogThread`. The result ends the thread. */
export function startGuardDogThread(
  entry: URL,
  init: GuardDogInit,
  report: (report: GuardDogReport) => void,
): () => void {
  const thread = new RuntimeThread(entry)
  thread.onMessage((message) => report(message as GuardDogReport))
  thread.postMessage(init)
  return () => void thread.terminate()
}

export function runGuardDogThread(): void {
  const port = ownPort()
  // The one message is what startGuardDogThread sends.
  port.onMessage((init) => {
    runGuardDogs(init as GuardDogInit, {
      send: (report) => port.postMessage(report),
      abort: () => void process.kill(process.pid, 'SIGABRT'),
    })
  })
}
