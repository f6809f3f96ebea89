/**
 * What `main` does once the command line is read: the process-wide parts, the server, its signals and its end (Envoy's
 * MainCommon). Both functions return the exit code.
 */
import { writeFileSync, writeSync } from 'node:fs'
import type { ConfigError } from '../api/config.ts'
import type { Extension } from '../api/extension.ts'
import type { LogFormat, LogLevel } from '../api/log.ts'
import type { Options, OptionsNotice } from '../api/options.ts'
import { Activity, activityMemory } from '../event/activity.ts'
import { criticalText, sentence } from '../config/report/critical-text.ts'
import { jsonPattern } from '../log/json-pattern.ts'
import { enableCoreDump } from '../platform/process-control.ts'
import { LOG_COMPONENTS } from '../log/components.ts'
import type { LogSettings } from '../log/thread-log.ts'
import { systemRandom } from '../event/random.ts'
import { ExtensionRegistry } from '../registry/extension-registry.ts'
import type { AdminServer } from '../admin/admin-server.ts'
import { startAdmin } from './admin-instance.ts'
import type { Bootstrap } from './bootstrap.ts'
import type { HotRestarter } from './hot_restart/hot-restarter.ts'
import { openHotRestarter } from './hot_restart/hot-restarter.ts'
import { ServerHotRestart } from './hot_restart/server-hot-restart.ts'
import { HOT_RESTART_VERSION } from './hot_restart/shared-memory.ts'
import type { LoadedConfiguration } from './load-configuration.ts'
import { loadConfiguration } from './load-configuration.ts'
import { Server } from './server.ts'
import { localInfo } from './local-info.ts'
import { StartError } from './start-error.ts'
import type { SignalActions } from './signals.ts'
import { reportValidation } from './report-validation.ts'
import { handleSignals } from './signals.ts'
import { logEpochAndExtensions, logStaticResources, runtimeText } from './start-up-lines.ts'
import { Thread } from './thread.ts'
import { validateSubscriptions } from './validate-subscriptions.ts'
import type { EarlyThreads } from './workers/early-threads.ts'
import { onWorkerMessage } from './workers/on-worker-message.ts'
import { ProdWorkerFactory } from './workers/prod-worker-factory.ts'

export interface MainDeps {
  readonly extensions: readonly Extension[]
  /** The file that worker threads start from. */
  readonly workerEntry: URL
  /** Some that were begun already. */
  readonly threads?: EarlyThreads
  /** The file that the thread of guard dogs starts from. */
  readonly guardDogEntry: URL
}

/** --mode serve and init_only: runs until told to end. */
export async function runServer(options: Options, notices: readonly OptionsNotice[], deps: MainDeps): Promise<number> {
  return new MainCommon(options, notices, deps).run()
}

/** --mode validate and `nuncio validate`: proves the configuration and binds nothing. */
export function validateServer(options: Options, notices: readonly OptionsNotice[], deps: MainDeps): number {
  const thread = mainThread(options)
  logNotices(thread, notices)
  if (options.enableCoreDump) raiseCoreLimit(thread)
  const registry = new ExtensionRegistry(deps.extensions)
  const loaded = withSubscriptions(
    options,
    loadConfiguration(options, { registry, accessLogFiles: thread.accessLogFiles }),
  )
  if (loaded.ok) logValidatedParts(thread, loaded.bootstrap)
  const code = reportValidation(options, loaded, thread, {
    stdout: (text) => writeAll(STDOUT, text),
    stderr: (text) => writeAll(STDERR, text),
    colour: process.stderr.isTTY,
  })
  thread.close()
  return code
}

function withSubscriptions(options: Options, loaded: LoadedConfiguration): LoadedConfiguration {
  if (!loaded.ok) return loaded
  const { bootstrap, sourceMap, warnings } = loaded
  const who = localInfo(bootstrap.node, options, '')
  const errors = validateSubscriptions(bootstrap.message, who, sourceMap)
  return errors.length === 0 ? loaded : { ok: false, errors, warnings, sourceMap }
}

class MainCommon {
  #options: Options
  readonly #notices: readonly OptionsNotice[]
  readonly #deps: MainDeps
  /** Where guard dogs look. */
  readonly #activity: SharedArrayBuffer
  readonly #thread: Thread
  #server: Server | undefined = undefined
  #hotRestarter: HotRestarter | undefined = undefined

  constructor(options: Options, notices: readonly OptionsNotice[], deps: MainDeps) {
    this.#options = options
    this.#notices = notices
    this.#deps = deps
    this.#activity = activityMemory(1 + options.concurrency)
    this.#thread = mainThread(options, new Activity(this.#activity, 0))
  }

  async run(): Promise<number> {
    const { log } = this.#thread
    if (this.#options.logPath !== '') {
      const failure = this.#thread.logTo(this.#options.logPath)
      if (failure !== undefined) return this.#fail(failure)
    }
    const misplaced = this.#openHotRestarter()
    if (misplaced !== undefined) {
      this.#thread.close()
      writeAll(STDERR, `${misplaced}\n`)
      return 1
    }
    logNotices(this.#thread, this.#notices)
    if (this.#options.enableCoreDump) raiseCoreLimit(this.#thread)
    // Threads take as long to load as the configuration to parse, so both begin now.
    const workerFactory = this.#startThreads()
    logEpochAndExtensions(log.logger('main'), this.#deps.extensions, {
      epoch: this.#options.restartEpoch,
      baseId: this.#hotRestarter?.baseId ?? 0,
      version: this.#hotRestarter === undefined ? 'disabled' : HOT_RESTART_VERSION,
    })
    const registry = new ExtensionRegistry(this.#deps.extensions)
    const loaded = loadConfiguration(this.#options, { registry, accessLogFiles: this.#thread.accessLogFiles })
    const code = loaded.ok ? await this.#serve(loaded, workerFactory) : this.#refuse(loaded)
    await workerFactory.terminate()
    this.#hotRestarter?.close()
    this.#thread.close()
    return code
  }

  /** Takes this process's place among its hot restarts; why it cannot have it. */
  #openHotRestarter(): string | undefined {
    const options = this.#options
    if (options.disableHotRestart || process.platform !== 'linux') return undefined
    const { dispatcher, log } = this.#thread
    const opened = openHotRestarter(options, {
      logger: log.logger('main'),
      random: systemRandom,
      nowMs: () => dispatcher.preciseNow(),
      onParentLost: (reason) => {
        const lost = `hot restart: lost the parent: ${reason}`
        log.logger('main').warning('source/server/hot_restarting_child.cc:0', lost)
        this.#server?.hotRestart?.onParentLost()
      },
    })
    if (!opened.ok) return opened.message
    this.#hotRestarter = opened.restarter
    this.#options = { ...options, baseId: opened.restarter.baseId }
    if (options.baseIdPath !== '' && !writeText(options.baseIdPath, String(opened.restarter.baseId))) {
      const complaint = `cannot open base id output file ${options.baseIdPath} for writing.`
      log.logger('misc').critical('source/exe/stripped_main_base.cc:151', complaint)
    }
    if (options.skipHotRestartOnNoParent) opened.restarter.tolerateNoParent()
    return undefined
  }

  #startThreads(): ProdWorkerFactory {
    return new ProdWorkerFactory({
      entry: this.#deps.workerEntry,
      threads: this.#deps.threads,
      concurrency: this.#options.concurrency,
      activity: this.#activity,
      guardDogEntry: this.#deps.guardDogEntry,
      onMessage: (worker, message) => {
        if (this.#server !== undefined) onWorkerMessage(this.#server, worker, message)
      },
      onDeath: (worker, reason) => this.#onWorkerDeath(worker, reason),
    })
  }

  async #serve(loaded: LoadedBootstrap, workerFactory: ProdWorkerFactory): Promise<number> {
    const { log } = this.#thread
    const formatError = this.#applyLogFormat(loaded.bootstrap.applicationLog)
    if (formatError !== undefined) return this.#fail(formatError)
    for (const warning of loaded.warnings) logWarning(this.#thread, warning)
    /** With what went wrong, when the start is to be given up. */
    const ending = Promise.withResolvers<string | undefined>()
    const end = (): void => ending.resolve(undefined)
    let admin: AdminServer | undefined
    try {
      const hotRestarter = this.#hotRestarter
      const onStartFailed = (message: string): void => ending.resolve(message)
      const serverDeps = { options: this.#options, thread: this.#thread, workerFactory, hotRestarter, onStartFailed }
      const created = new Server(serverDeps, loaded)
      this.#server = created
      const openAdmin = (): void => {
        admin = startAdmin(created, { endProcess: end, extensions: this.#deps.extensions })
      }
      openAdmin()
      if (hotRestarter !== undefined) {
        created.hotRestart = new ServerHotRestart(hotRestarter, created, {
          closeAdmin: () => admin?.shutDown(),
          openAdmin: () => {
            try {
              openAdmin()
              return undefined
            } catch (error) {
              return (error as Error).message
            }
          },
        })
      }
      this.#server.loadStaticResources()
    } catch (error) {
      if (!(error instanceof StartError)) throw error
      // Before the parent learns that this process is gone, and takes the address back.
      admin?.shutDown()
      return this.#fail(error.message)
    }
    const server = this.#server
    const main = log.logger('main')
    if (this.#options.mode === 'serve') {
      handleSignals(this.#signalActions(server, end))
      server.run()
      const failure = await ending.promise
      if (failure !== undefined) {
        admin?.shutDown()
        return this.#fail(failure)
      }
    }
    if (this.#options.mode === 'serve') {
      main.info('source/server/server.cc:1167', 'shutting down server instance')
      main.info('source/server/server.cc:1107', 'main dispatch loop exited')
    }
    admin?.shutDown()
    await server.shutdown(this.#options.mode === 'serve' ? this.#options.sigtermGraceMs : 0)
    admin?.close()
    main.info('source/server/server.cc:1159', 'exiting')
    return 0
  }

  #signalActions(server: Server, end: () => void): SignalActions {
    const main = this.#thread.log.logger('main')
    let endingSince: number | undefined = undefined
    const stop = (source: string, message: string): void => {
      main.warning(source, message)
      // Whoever asks twice does not want to wait for requests in flight.
      const now = server.thread.dispatcher.preciseNow()
      if (endingSince !== undefined && now - endingSince > SAME_SIGNAL_MS) server.endGrace()
      endingSince ??= now
      end()
    }
    return {
      SIGTERM: () => stop('source/server/server.cc:1028', 'caught ENVOY_SIGTERM'),
      SIGINT: () => stop('source/server/server.cc:1033', 'caught SIGINT'),
      SIGUSR1: () => {
        main.info('source/server/server.cc:1038', 'caught SIGUSR1. Reopening access logs.')
        void server.reopenLogs()
      },
      SIGHUP: () => {
        const eaten = 'caught and eating SIGHUP. See documentation for how to hot restart.'
        main.warning('source/server/server.cc:1043', eaten)
      },
    }
  }

  /** application_log_config of the bootstrap; the failure's text. */
  #applyLogFormat(format: LogFormat | undefined): string | undefined {
    if (format === undefined) return undefined
    if (this.#options.logFormatGiven) {
      return 'Only one of ApplicationLogConfig.log_format or CLI option --log-format can be specified.'
    }
    const pattern = format.kind === 'text' ? { ok: true as const, pattern: format.pattern } : jsonPattern(format.fields)
    if (!pattern.ok) return pattern.error
    this.#thread.log.setPattern(pattern.pattern)
    return undefined
  }

  #refuse(loaded: RefusedConfiguration): number {
    for (const warning of loaded.warnings) logWarning(this.#thread, warning)
    return this.#fail(criticalText(loaded.errors, Number.MAX_SAFE_INTEGER))
  }

  /** Logged, and once more bare on standard error, as Envoy's main does with what it catches. */
  #fail(message: string): number {
    const { configYaml, configPath } = this.#options
    const main = this.#thread.log.logger('main')
    main.critical(
      'source/server/server.cc:449',
      `error \`${message}\` initializing config ' ${configYaml} ${configPath}'`,
    )
    main.info('source/server/server.cc:1159', 'exiting')
    writeAll(STDERR, `${message}\n`)
    return 1
  }

  /** A half-dead proxy is worse than one that is started anew. */
  #onWorkerDeath(worker: number, reason: string): void {
    const main = this.#thread.log.logger('main')
    main.critical('source/server/worker_impl.cc:0', `worker_${worker} failed: ${reason}`)
    this.#hotRestarter?.close()
    this.#thread.close()
    process.exit(1)
  }
}

/** The end of the process that started this one may be signalled once for each of its threads. */
const SAME_SIGNAL_MS = 200

type LoadedBootstrap = Extract<LoadedConfiguration, { readonly ok: true }>
type RefusedConfiguration = Extract<LoadedConfiguration, { readonly ok: false }>

function mainThread(options: Options, activity?: Activity): Thread {
  const flush = { flushIntervalMs: options.fileFlushIntervalMs, flushMinBytes: options.fileFlushMinBytes }
  return new Thread('main_thread', logSettings(options), flush, activity)
}

function logSettings(options: Options): LogSettings {
  const levels: Partial<Record<(typeof LOG_COMPONENTS)[number], LogLevel>> = {}
  for (const component of LOG_COMPONENTS) levels[component] = options.logLevel
  for (const { component, level } of options.componentLogLevels) levels[component] = level
  return { pattern: options.logFormat, escaped: options.logFormatEscaped, levels }
}

function raiseCoreLimit(thread: Thread): void {
  const misc = thread.log.logger('misc')
  if (enableCoreDump()) misc.info('source/exe/stripped_main_base.cc:58', 'core dump enabled')
  else misc.warning('source/exe/stripped_main_base.cc:60', 'failed to enable core dump')
}

function logNotices(thread: Thread, notices: readonly OptionsNotice[]): void {
  for (const { component, level, source, message } of notices) thread.log.logger(component)[level](source, message)
}

function logWarning(thread: Thread, warning: ConfigError): void {
  thread.log.logger('config').warning('source/common/protobuf/message_validator_impl.cc:64', sentence(warning))
}

/** The lines that Envoy's validation server logs, since it loads what the real one would. */
function logValidatedParts(thread: Thread, { message, clusters, listeners }: Bootstrap): void {
  const config = thread.log.logger('config')
  thread.log.logger('main').info('source/server/server.cc:989', `runtime: ${runtimeText(message)}`)
  logStaticResources(config, clusters.length, listeners.length)
}

function writeText(path: string, text: string): boolean {
  try {
    writeFileSync(path, text)
    return true
  } catch {
    return false
  }
}

const STDOUT = 1
const STDERR = 2

/** Whole before the process ends, unlike process.stdout. */
function writeAll(fd: number, text: string): void {
  if (text !== '') writeSync(fd, text)
}
