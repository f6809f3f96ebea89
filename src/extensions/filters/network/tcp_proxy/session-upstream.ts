/** What the bytes of a session go to: a plain connection of its own, or a tunnel through an HTTP proxy. */
import type { ByteQueue } from '../../../../api/bytes.ts'

/** How the downstream connection ended: its peer reset or closed it, or this side did. */
export type DownstreamEnd = 'reset' | 'closed' | 'closed-here'

export interface SessionUpstream {
  /** Logs tell why this side closed it. */
  readonly hasCloseReason: boolean
  /** Takes the pieces as they are. */
  write(data: ByteQueue, end: boolean): void
  readDisable(disable: boolean): void
  /** Bytes that have not left yet, as far as that is known. */
  readonly queuedBytes: number
  /** Nothing more of it is told to the owner. `reason` says why this side closed. */
  onDownstreamEnd(end: DownstreamEnd, reason: string, idleTimeoutMs: number): void
}

/** The session, as its upstream sees it. */
export interface UpstreamOwner {
  onUpstreamData(data: ByteQueue, end: boolean): void
  /** `reset`: by its peer's RST. */
  onUpstreamClosed(reset: boolean, localReason?: string): void
  onUpstreamBackedUp(backedUp: boolean): void
}
