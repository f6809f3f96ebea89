/**
 * What a hot restart means to the server: as a child it takes over sockets, admin address, start time and statistics;
 * as a parent it gives them away, drains and ends. Without hot restart nothing of this exists.
 */
import type { Timer } from '../../api/event.ts'
import { closeDescriptor, duplicateDescriptor } from '../../platform/socket-calls.ts'
import type { BindFailure } from '../../listener/listener-component-factory.ts'
import { StartError } from '../start-error.ts'
import type { Server } from '../server.ts'
import type { ParentActions } from './child-service.ts'
import type { HotRestarter } from './hot-restarter.ts'
import type { ParentStats } from './message.ts'
import { ParentError } from './parent-link.ts'
import { exportStats, importStats, withdrawStats } from './stats-exchange.ts'

const STATS_LIMIT_MS = 10_000
/** How often a process that waits for its parent's statistics looks whether that still lives. */
const PARENT_CHECK_MS = 250
/** The admin address of a child that has died may be taken for a moment, or by somebody else for longer. */
const FIRST_ADMIN_RETRY_MS = 250
const LONGEST_ADMIN_RETRY_MS = 8000

/** What main does on behalf of a child. */
export interface AdminHandOver {
  /** The address is free when this returns. */
  closeAdmin(): void
  /** The failure's text. */
  openAdmin(): string | undefined
}

export class ServerHotRestart {
  readonly #restarter: HotRestarter
  readonly #server: Server
  readonly #admin: AdminHandOver
  readonly #parentShutdownTimer: Timer
  readonly #parentCheck: Timer
  /** Monotonic ms. */
  #askedAt = 0
  readonly #adminRetry: Timer
  #adminRetryMs = FIRST_ADMIN_RETRY_MS
  /**
   * Further descriptors of what the child has taken: while it lives only it accepts from them, and when it dies its
   * clients still wait in them.
   */
  readonly #keptSockets = new Map<string, number>()
  /** Of the parent, as it said last. */
  #parentStats: ParentStats | undefined = undefined

  constructor(restarter: HotRestarter, server: Server, admin: AdminHandOver) {
    this.#restarter = restarter
    this.#server = server
    this.#admin = admin
    const { dispatcher } = server.thread
    this.#parentShutdownTimer = dispatcher.timer(() => this.#endParent())
    this.#adminRetry = dispatcher.timer(() => this.#reopenAdmin())
    this.#parentCheck = dispatcher.timer(() => this.#checkParent())
  }

  /** The event loop runs. */
  serve(): void {
    const { dispatcher } = this.#server.thread
    this.#restarter.serve(dispatcher, this.#parentActions())
  }

  /** Workers accept: the parent may go. */
  async takeOver(): Promise<void> {
    await this.mergeParentStats()
    this.#restarter.parent?.drainListeners()
    this.#restarter.endInitializing()
    this.#parentShutdownTimer.enable(this.#server.options.parentShutdownTimeMs)
  }

  /** At each flush: what the parent still counts is added here. */
  async mergeParentStats(): Promise<void> {
    const { parent } = this.#restarter
    if (parent?.connected !== true || this.#server.options.skipHotRestartParentStats) return
    this.#askedAt = this.#server.thread.dispatcher.preciseNow()
    this.#parentCheck.enable(PARENT_CHECK_MS)
    const stats = await parent.stats()
    if (!parent.answerDue) this.#parentCheck.disable()
    if (stats === undefined || !parent.connected) return
    this.#parentStats = stats
    importStats(this.#server.mergedStats, stats)
  }

  /** For listeners that are made anew because the child died; the caller's to close. */
  takeKeptSocket(address: string, workerIndex: number): number | undefined {
    const key = `${address} ${workerIndex}`
    const fd = this.#keptSockets.get(key)
    this.#keptSockets.delete(key)
    return fd
  }

  get parentStats(): ParentStats | undefined {
    return this.#parentStats
  }

  /** The end of this process is the end of its parent. */
  shutDown(): void {
    this.#parentShutdownTimer.disable()
    this.#parentCheck.disable()
    this.#adminRetry.disable()
    this.#restarter.parent?.terminate()
  }

  onParentLost(): void {
    this.#forgetParent()
  }

  #checkParent(): void {
    const { parent } = this.#restarter
    if (parent?.answerDue !== true) return
    const waitedMs = this.#server.thread.dispatcher.preciseNow() - this.#askedAt
    if (!parent.parentExists) parent.giveUp('it ended')
    else if (waitedMs >= STATS_LIMIT_MS) parent.giveUp('it does not answer')
    else this.#parentCheck.enable(PARENT_CHECK_MS)
  }

  #endParent(): void {
    const after = 'shutting down parent after drain'
    this.#server.thread.log.logger('main').info('source/server/drain_manager_impl.cc:226', after)
    this.#restarter.parent?.terminate()
    this.#forgetParent()
  }

  #forgetParent(): void {
    this.#parentStats = undefined
    withdrawStats(this.#server.mergedStats)
  }

  #reopenAdmin(): string | undefined {
    const failure = this.#admin.openAdmin()
    if (failure !== undefined) this.#adminRetry.enable(this.#adminRetryMs)
    this.#adminRetryMs = Math.min(2 * this.#adminRetryMs, LONGEST_ADMIN_RETRY_MS)
    return failure
  }

  #keepSocket(address: string, workerIndex: number, fd: number): void {
    const key = `${address} ${workerIndex}`
    const before = this.#keptSockets.get(key)
    if (before !== undefined) closeDescriptor(before)
    const copy = duplicateDescriptor(fd)
    if (copy >= 0) this.#keptSockets.set(key, copy)
  }

  #closeKeptSockets(): void {
    for (const fd of this.#keptSockets.values()) closeDescriptor(fd)
    this.#keptSockets.clear()
  }

  #parentActions(): ParentActions {
    const server = this.#server
    const log = server.thread.log.logger('main')
    return {
      shutdownAdmin: () => {
        log.warning('source/server/server.cc:1174', 'shutting down admin due to child startup')
        server.statsFlusher.stop()
        this.#adminRetry.disable()
        this.#admin.closeAdmin()
        if (this.#restarter.parent !== undefined) {
          log.warning('source/server/server.cc:1182', 'terminating parent process')
          this.#parentShutdownTimer.disable()
          this.#restarter.parent.terminate()
          this.#forgetParent()
        }
        return Math.floor(server.status.firstStartWall / 1000)
      },
      listenSocket: (address, workerIndex) => {
        const fd = server.listenerManager.listenSocket(address, workerIndex)
        if (fd !== undefined) this.#keepSocket(address, workerIndex, fd)
        return fd
      },
      exportStats: async () => {
        await server.refreshStats()
        return exportStats(server.mergedStats, server.status.memory.lookAtResidentBytes(), server.numConnections())
      },
      drainListeners: () => {
        log.info('source/server/server.cc:159', 'closing and draining listeners')
        void server.listenerManager.stopListeners({ inboundOnly: false })
      },
      terminate: () => {
        this.#closeKeptSockets()
        const due = 'shutting down due to child request'
        log.info('source/server/hot_restarting_parent.cc:135', due)
        process.kill(process.pid, 'SIGTERM')
      },
      childLost: (tookOver) => {
        const when = tookOver ? 'after it took over; this process serves again' : 'before it took over'
        log.warning('source/server/hot_restarting_parent.cc:0', `hot restart: the child is gone ${when}`)
        if (tookOver) server.listenerManager.resumeListeners()
        this.#closeKeptSockets()
        server.statsFlusher.start()
        this.#adminRetryMs = FIRST_ADMIN_RETRY_MS
        const failure = this.#reopenAdmin()
        // The traffic goes on all the same.
        if (failure !== undefined) log.error('source/server/server.cc:0', `${failure} (tried again until it works)`)
      },
    }
  }
}

/** Asks the parent to give up the admin address. Wall-clock ms of the first epoch's start. Throws StartError. */
export function takeAdminAddress(restarter: HotRestarter | undefined): number | undefined {
  if (restarter?.parent?.connected !== true) return undefined
  try {
    const reply = restarter.parent.shutdownAdmin()
    return reply === undefined ? undefined : reply.originalStartS * 1000
  } catch (error) {
    throw error instanceof ParentError ? new StartError(error.message) : error
  }
}

/** The parent's listening socket; a failure where the parent does not do its part. */
export function inheritedSocket(
  restarter: HotRestarter | undefined,
  address: string,
  workerIndex: number,
): number | BindFailure | undefined {
  try {
    return restarter?.parent?.listenSocket(address, workerIndex)
  } catch (error) {
    if (!(error instanceof ParentError)) throw error
    return { ok: false, message: error.message }
  }
}
