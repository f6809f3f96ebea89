/**
 * The admin HTTP server: one listener on the main thread, the connection manager that every listener uses, and one
 * filter that answers (Envoy's AdminImpl).
 */
import { writeFileSync } from 'node:fs'
import type { AccessLogger } from '../api/access-log.ts'
import type { FactoryContext } from '../api/extension.ts'
import type { ResponseHeaders } from '../api/headers.ts'
import type { Address } from '../api/network.ts'
import type { StringPredicate } from '../config/matchers/string-matcher.ts'
import { bindListenSocket } from '../network/listen-socket.ts'
import { adminConnectionManager } from './admin-connection-manager.ts'
import type { AdminDeps } from './admin-deps.ts'
import { AdminDispatcher } from './admin-dispatcher.ts'
import { adminEndpoints } from './admin-endpoints.ts'
import { AdminFilter } from './admin-filter.ts'
import { AdminListener } from './admin-listener.ts'
import { createAdminListenerStats } from './admin-listener-stats.ts'

export interface AdminServerConfig {
  readonly address: Address
  readonly accessLogs: readonly AccessLogger[]
  /** Other paths (query included) are answered with 403; empty: all are allowed. */
  readonly allowPaths: readonly StringPredicate[]
  /** --admin-address-path; '' for none. */
  readonly addressPath: string
}

export interface AdminServerDeps {
  readonly admin: AdminDeps
  /** Of the main thread; its listener scope is replaced by `listener.admin.`. */
  readonly context: FactoryContext
  /** An empty map of plain entries; the codec room has them. */
  readonly newResponseHeaders: (status: number) => ResponseHeaders
}

export type AdminStart =
  | { readonly ok: true; readonly address: Address }
  /** As Envoy prints it: `cannot bind '127.0.0.1:9901': Address already in use`. */
  | { readonly ok: false; readonly message: string }

export class AdminServer {
  readonly #config: AdminServerConfig
  readonly #deps: AdminServerDeps
  #listener: AdminListener | undefined = undefined

  constructor(config: AdminServerConfig, deps: AdminServerDeps) {
    this.#config = config
    this.#deps = deps
  }

  /** Binds, listens, and says where; once. */
  start(): AdminStart {
    const { address, addressPath } = this.#config
    const { context } = this.#deps
    const log = context.logger('admin')
    context.logger('main').info('source/server/server.cc:813', `Starting admin HTTP server at ${address.text}`)
    const socket = bindListenSocket(address, { reusePort: false, options: [] })
    if (!socket.ok) return socket
    this.#listen(socket.fd)
    log.info('source/server/admin/admin.cc:66', `admin address: ${socket.address.text}`)
    if (addressPath !== '' && !written(addressPath, socket.address.text)) {
      const complaint = `cannot open admin address output file ${addressPath} for writing.`
      log.critical('source/server/admin/admin.cc:72', complaint)
    }
    return { ok: true, address: socket.address }
  }

  /** Stops accepting and lets replies that are on their way be sent. */
  shutDown(): void {
    this.#listener?.shutDown()
  }

  /** Closes what is left. */
  close(): void {
    this.#listener?.destroy()
    this.#listener = undefined
  }

  #listen(fd: number): void {
    const { admin, context, newResponseHeaders } = this.#deps
    const dispatcher = new AdminDispatcher({
      endpoints: adminEndpoints(admin),
      allowPaths: this.#config.allowPaths,
      logger: context.logger('admin'),
    })
    const scope = context.scope.scope('listener.admin.')
    const manager = adminConnectionManager(
      { accessLogs: this.#config.accessLogs, newFilter: () => new AdminFilter({ dispatcher, newResponseHeaders }) },
      { ...context, listenerScope: scope },
    )
    this.#listener = new AdminListener(fd, {
      dispatcher: context.dispatcher,
      stats: createAdminListenerStats(scope),
      filters: [manager],
    })
  }
}

function written(path: string, text: string): boolean {
  try {
    writeFileSync(path, text)
    return true
  } catch {
    return false
  }
}
