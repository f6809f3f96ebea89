/**
 * A process's part in a chain of hot restarts: its place (base id, epoch), the region and the sockets that go with it,
 * the link to the epoch before and the service for the one after (Envoy's HotRestartImpl).
 */
import type { Dispatcher, Random } from '../../api/event.ts'
import type { Logger } from '../../api/log.ts'
import type { Options } from '../../api/options.ts'
import { endWithParentProcess } from '../../platform/process-control.ts'
import { datagramPeerExists } from '../../platform/unix-datagram.ts'
import type { ParentActions } from './child-service.ts'
import { ChildService } from './child-service.ts'
import { MessageChannel } from './message-channel.ts'
import { ParentLink } from './parent-link.ts'
import type { ProcessSockets, SocketNames } from './process-sockets.ts'
import { bindProcessSockets, socketName } from './process-sockets.ts'
import type { SharedRegion } from './shared-memory.ts'
import { createSharedRegion, openSharedRegion } from './shared-memory.ts'

/** The shared memory and the sockets of a base id have this many times its number. */
const BASE_ID_SCALE = 10
const DYNAMIC_BASE_ID_TRIES = 60
const ANSWER_LIMIT_MS = 10_000

export interface HotRestarterDeps {
  readonly logger: Logger
  readonly random: Random
  /** Monotonic. */
  nowMs(): number
  onParentLost(reason: string): void
}

export type OpenedRestarter =
  | { readonly ok: true; readonly restarter: HotRestarter }
  | { readonly ok: false; readonly message: string }

type Place = Pick<
  Options,
  'baseId' | 'useDynamicBaseId' | 'restartEpoch' | 'socketPath' | 'socketMode' | 'skipHotRestartOnNoParent'
>

/** Before anything else of a start, so that a process that does not belong here touches nothing. */
export function openHotRestarter(options: Place, deps: HotRestarterDeps): OpenedRestarter {
  endWithParentProcess()
  if (!options.useDynamicBaseId) return openAt(options.baseId, options, deps).result
  for (let tries = 0; tries < DYNAMIC_BASE_ID_TRIES; tries++) {
    const { result, inUse } = openAt(deps.random.u32() & 0x0fffffff, options, deps)
    if (!inUse) return result
  }
  return { ok: false, message: 'unable to select a dynamic base id' }
}

function openAt(
  baseId: number,
  options: Place,
  deps: HotRestarterDeps,
): { readonly result: OpenedRestarter; readonly inUse: boolean } {
  const { socketPath, socketMode, restartEpoch: epoch } = options
  const names: SocketNames = { path: socketPath, mode: socketMode, scaledBaseId: baseId * BASE_ID_SCALE }
  const bound = bindProcessSockets(names, epoch)
  if (!bound.ok) return { result: bound, inUse: bound.inUse }
  const { sockets } = bound
  const refuse = (message: string) => {
    sockets.close()
    return { result: { ok: false as const, message }, inUse: false }
  }
  let opened = epoch === 0 ? createSharedRegion(names.scaledBaseId) : openSharedRegion(names.scaledBaseId)
  if (!opened.ok && opened.missing && options.skipHotRestartOnNoParent) opened = createSharedRegion(names.scaledBaseId)
  if (!opened.ok) return refuse(opened.message)
  if (!opened.region.beginInitializing()) return refuse(`previous envoy process is still initializing${STUCK}`)
  return {
    result: { ok: true, restarter: new HotRestarter(baseId, epoch, names, sockets, opened.region, deps) },
    inUse: false,
  }
}

const STUCK =
  '\n(or another epoch was killed while it started: stop the running process and start with --restart-epoch 0)'

export class HotRestarter {
  readonly baseId: number
  readonly epoch: number
  /** Undefined for the first epoch. */
  readonly parent: ParentLink | undefined
  readonly #deps: HotRestarterDeps
  readonly #names: SocketNames
  readonly #sockets: ProcessSockets
  #region: SharedRegion
  #service: ChildService | undefined = undefined
  #stopListening: () => void = () => undefined
  /** A child has come, whose region it is then. */
  #replaced = false

  constructor(
    baseId: number,
    epoch: number,
    names: SocketNames,
    sockets: ProcessSockets,
    region: SharedRegion,
    deps: HotRestarterDeps,
  ) {
    this.baseId = baseId
    this.epoch = epoch
    this.#names = names
    this.#sockets = sockets
    this.#region = region
    this.#deps = deps
    this.parent = epoch === 0 ? undefined : this.#linkTo(epoch - 1)
  }

  /** An epoch is starting, this one or the next. */
  get initializing(): boolean {
    return this.#region.initializing
  }

  /** --skip-hot-restart-on-no-parent: goes on alone when nobody is there. */
  tolerateNoParent(): void {
    if (this.parent === undefined || this.parent.parentExists) return
    const alone = 'hot restart sendmsg() connection refused, falling back to regular restart'
    this.#deps.logger.warning('source/server/hot_restarting_child.cc:96', alone)
    this.parent.abandon()
  }

  /** From now on the event loop runs: answers of the parent and requests of a child come in. */
  serve(dispatcher: Dispatcher, actions: ParentActions): void {
    const service = new ChildService(
      {
        channel: this.#channel(this.#sockets.parent, socketName(this.#names, 'child', this.epoch + 1)),
        childSocket: socketName(this.#names, 'child', this.epoch + 1),
        dispatcher,
        logger: this.#deps.logger,
      },
      {
        ...actions,
        childLost: (tookOver) => {
          // Envoy's flag of a start that was killed would keep the next one out.
          this.#region.endInitializing()
          this.#replaced = false
          actions.childLost(tookOver)
        },
        shutdownAdmin: () => {
          this.#replaced = true
          return actions.shutdownAdmin()
        },
      },
    )
    this.#service = service
    const onSignal = (): void => {
      this.parent?.readAnswers()
      void service.serve()
    }
    process.on('SIGIO', onSignal)
    this.#stopListening = () => process.off('SIGIO', onSignal)
    this.#sockets.child.signalWhenReadable()
    this.#sockets.parent.signalWhenReadable()
    onSignal()
  }

  /** This process serves; the next epoch may come. */
  endInitializing(): void {
    this.#region.endInitializing()
    if (this.#region.named) return
    // The parent ended while this process started, and took the region along.
    const created = createSharedRegion(this.#names.scaledBaseId)
    if (created.ok) this.#region = created.region
  }

  /** Last of all. The region goes, too, unless a child lives on with it. */
  close(): void {
    this.#service?.stop()
    this.parent?.takeLastAnswers()
    this.#sockets.close()
    this.#stopListening()
    if (this.#replaced) return
    if (this.parent?.connected === true) this.#region.endInitializing()
    else this.#region.remove()
  }

  #linkTo(epoch: number): ParentLink {
    return new ParentLink({
      channel: this.#channel(this.#sockets.child, socketName(this.#names, 'parent', epoch)),
      parentName: `the process of epoch ${epoch} (base id ${this.baseId})`,
      parentExists: () => datagramPeerExists(socketName(this.#names, 'parent', epoch)),
      answerLimitMs: ANSWER_LIMIT_MS,
      nowMs: () => this.#deps.nowMs(),
      onLost: (reason) => this.#deps.onParentLost(reason),
    })
  }

  #channel(socket: ProcessSockets['child'], peer: string): MessageChannel {
    return new MessageChannel({
      socket,
      peer,
      onGarbage: (reason) =>
        this.#deps.logger.warning('source/server/hot_restarting_base.cc:0', `hot restart: ${reason}`),
    })
  }
}
