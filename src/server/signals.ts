/** The signals that Envoy handles. The runtime delivers them to the main thread only. */

export interface SignalActions {
  readonly SIGTERM: () => void
  readonly SIGINT: () => void
  readonly SIGUSR1: () => void
  readonly SIGHUP: () => void
}

/** Returns what takes the handlers away again. */
export function handleSignals(actions: SignalActions): () => void {
  const entries = Object.entries(actions) as [NodeJS.Signals, () => void][]
  for (const [signal, action] of entries) process.on(signal, action)
  return () => {
    for (const [signal, action] of entries) process.off(signal, action)
  }
}
