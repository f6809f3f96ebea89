/** Resources from a file that is replaced by moving another one over it (Envoy's FilesystemSubscriptionImpl). */
import { statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { UnknownFields } from '../api/config.ts'
import type { Dispatcher } from '../api/event.ts'
import type { Logger } from '../api/log.ts'
import type { Counter } from '../api/stats.ts'
import type { ConfigSource, ResourceSink, Subscription } from '../api/subscription.ts'
import type { DirectoryWatcher } from '../event/directory-watcher.ts'
import { watchDirectory } from '../event/directory-watcher.ts'
import { ElementMemo } from '../config/decode/element-memo.ts'
import { sentence } from '../config/report/critical-text.ts'
import { shownWarnings } from '../config/report/shown-warnings.ts'
import { DeprecatedUses } from './deprecated-uses.ts'
import { readDiscoveryFile } from './discovery-response.ts'
import type { SubscriptionStats } from './subscription-stats.ts'

export interface FilesystemSubscriptionDeps {
  readonly dispatcher: Dispatcher
  readonly logger: Logger
  readonly unknownFields: UnknownFields
  /** server.dynamic_unknown_fields */
  readonly unknownFieldCounter: Counter
  /** server.wip_protos */
  readonly workInProgressCounter: Counter
  /** `runtime.deprecated_feature_use` */
  readonly countDeprecatedUses: (uses: number) => void
  readonly skipDeprecatedLogs: boolean
}

export class FilesystemSubscription implements Subscription {
  readonly #source: ConfigSource
  readonly #typeName: string
  readonly #sink: ResourceSink
  readonly #stats: SubscriptionStats
  readonly #deps: FilesystemSubscriptionDeps
  /** Of the file that was read last. */
  #identity = ''
  readonly #deprecatedUses: DeprecatedUses
  /** From the second reading on, for what comes in great numbers and changes a little. */
  #memo: ElementMemo | undefined = undefined
  #watcher: DirectoryWatcher | undefined = undefined

  constructor(
    source: ConfigSource,
    typeName: string,
    sink: ResourceSink,
    stats: SubscriptionStats,
    deps: FilesystemSubscriptionDeps,
  ) {
    this.#source = source
    this.#typeName = typeName
    this.#sink = sink
    this.#stats = stats
    this.#deps = deps
    this.#deprecatedUses = new DeprecatedUses(typeName)
  }

  start(): void {
    const { path, watchedDirectory } = this.#source
    const file = watchedDirectory === undefined ? basename(path) : undefined
    this.#watcher = watchDirectory(watchedDirectory ?? dirname(path), this.#deps.dispatcher, (name) => {
      // In a watched directory much may move that leaves the file as it is.
      if ((file === undefined || name === file) && identityOf(path) !== this.#identity) this.#refresh()
    })
    this.#refresh()
  }

  close(): void {
    this.#watcher?.close()
  }

  #refresh(): void {
    const { path } = this.#source
    const { logger, dispatcher, unknownFields, unknownFieldCounter, skipDeprecatedLogs } = this.#deps
    const { workInProgressCounter, countDeprecatedUses } = this.#deps
    const stats = this.#stats
    logger.debug(`${SOURCE}:109`, `Filesystem config refresh for ${path}`)
    stats.updateAttempt.inc()
    this.#identity = identityOf(path)
    const read = readDiscoveryFile(path, this.#typeName, unknownFields, this.#memo)
    this.#memo ??= memoFor(this.#typeName)
    if (!read.ok) return read.failure === 'rejected' ? this.#reject(read.message) : this.#fail(read.message)
    // Envoy counts files that have any.
    if (read.unknownFields > 0) unknownFieldCounter.inc()
    const { deprecated, workInProgress } = this.#deprecatedUses.count(read.uses, read.resources)
    countDeprecatedUses(deprecated)
    if (workInProgress > 0) workInProgressCounter.add(workInProgress)
    for (const warning of shownWarnings(read.warnings, skipDeprecatedLogs)) logger.warning(VALIDATOR, sentence(warning))
    const refusal = this.#sink.onConfigUpdate(read.resources, read.version)
    if (refusal !== undefined) return this.#reject(refusal)
    logger.debug(`${SOURCE}:119`, `Filesystem config update accepted for ${path}: version ${read.version}`)
    stats.updateSuccess.inc()
    stats.updateTime.set(Math.floor(dispatcher.wallNow))
    stats.version.set(versionNumber(read.version))
    stats.versionText.set(read.version)
  }

  #reject(message: string): void {
    this.#stats.updateRejected.inc()
    this.#deps.logger.warning(`${SOURCE}:81`, `Filesystem config update rejected: ${message}`)
    this.#sink.onConfigUpdateFailed()
  }

  #fail(message: string): void {
    this.#stats.updateFailure.inc()
    this.#deps.logger.warning(`${SOURCE}:128`, `Filesystem config update failure: in ${this.#source.path}, ${message}`)
    this.#sink.onConfigUpdateFailed()
  }
}

function memoFor(typeName: string): ElementMemo | undefined {
  return typeName === 'envoy.config.endpoint.v3.ClusterLoadAssignment'
    ? new ElementMemo('envoy.config.endpoint.v3.LbEndpoint')
    : undefined
}

const SOURCE = 'source/extensions/config_subscription/filesystem/filesystem_subscription_impl.cc'
const VALIDATOR = 'source/common/protobuf/message_validator_impl.cc:64'

/** What the gauge `version` shows of a version: Envoy's hash of the text, as exact as a gauge can be. */
function versionNumber(version: string): number {
  return Number(Bun.hash.xxHash64(version))
}

/** Differs when the content may differ. Symbolic links are followed: it is they that are swapped in a watched directory. */
function identityOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? '' : `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.size}`
}
