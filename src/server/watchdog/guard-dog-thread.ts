/** Both ends of the guard dogs' thread: what the main thread starts, and what the thread's entry file calls. */
import { parentPort, Worker, workerData } from 'node:worker_threads'
import type { GuardDogInit } from './guard-dog-loop.ts'
import { runGuardDogs } from './guard-dog-loop.ts'
import type { GuardDogReport } from './guard-dog-report.ts'

/** `entry`: the file that calls `runGuardDogThread`. The result ends the thread. */
export function startGuardDogThread(
  entry: URL,
  init: GuardDogInit,
  report: (report: GuardDogReport) => void,
): () => void {
  const thread = new Worker(entry, { workerData: init })
  thread.on('message', report)
  return () => void thread.terminate()
}

export function runGuardDogThread(): void {
  const port = parentPort
  if (port === null) throw new Error('guard dogs run in a thread of the server')
  // workerData is what startGuardDogThread gave to this very thread.
  runGuardDogs(workerData as GuardDogInit, {
    send: (report) => port.postMessage(report),
    abort: () => void process.kill(process.pid, 'SIGABRT'),
  })
}
