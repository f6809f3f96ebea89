/** How a cluster comes by its hosts. */
export interface Discovery {
  /** `onReady` once: when the cluster may serve, with or without hosts. May be called before `start` returns. */
  start(onReady: () => void): void
  close(): void
}
