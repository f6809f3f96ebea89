/** How a cluster comes by its hosts. */
import type { IpAddress } from '../../api/network.ts'

export interface Discovery {
  /** `onReady` once: when the cluster may serve, with or without hosts. May be called before `start` returns. */
  start(onReady: () => void): void
  close(): void
  /** A thread has made a host that it needs, and knows it by `token`. */
  onHostFound?(address: IpAddress, token: string): void
  /** A thread wants a cluster of this one's for a host. */
  onSubClusterWanted?(host: string, port: number): void
}
