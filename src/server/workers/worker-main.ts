/** The entry of a worker thread: connects a `WorkerThread` to the port of its thread. */
import type { Extension } from '../../api/extension.ts'
import type { FromWorker, ToWorker } from '../../api/worker.ts'
import { createParseContext } from '../../config/parse-context.ts'
import { ExtensionRegistry } from '../../registry/extension-registry.ts'
import { ownPort } from './runtime-thread.ts'
import { WorkerThread } from './worker.ts'

export function runWorker(deps: { readonly extensions: readonly Extension[] }): void {
  const port = ownPort()
  const send = (message: FromWorker): void => port.postMessage(message)
  const fault = (error: unknown): void => {
    send({ kind: 'fault', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
  process.on('uncaughtException', fault)
  process.on('unhandledRejection', fault)
  const registry = new ExtensionRegistry(deps.extensions)
  const worker = new WorkerThread({
    send,
    parseContext: (thread) =>
      createParseContext(registry, { clusterNames: undefined, accessLogFiles: thread.accessLogFiles }),
  })
  // Only WorkerHandle sends to this end.
  port.onMessage((message) => worker.receive(message as ToWorker))
  send({ kind: 'ready' })
}
