/** The admin server's place in the process. */
import { AdminServer } from '../admin/admin-server.ts'
import type { FactoryContext } from '../api/extension.ts'
import { newResponseHeaders } from '../codec/headers/response-headers.ts'
import { createAccessLoggers } from '../formatter/access-log/access-log-config.ts'
import type { AdminCapabilitiesDeps } from './admin-capabilities.ts'
import { AdminCapabilities } from './admin-capabilities.ts'
import type { Server } from './server.ts'
import { StartError } from './start-error.ts'

/**
 * Binds and listens, so that a taken port fails the start (StartError). Undefined where the bootstrap wants no admin
 * server.
 */
export function startAdmin(server: Server, deps: AdminCapabilitiesDeps): AdminServer | undefined {
  const { bootstrap, options, thread } = server
  const address = bootstrap.admin?.address
  if (bootstrap.admin === undefined || address === undefined) {
    const without = 'No admin address given, so no admin HTTP server started.'
    thread.log.logger('main').info('source/server/server.cc:820', without)
    return undefined
  }
  const context: FactoryContext = server.factoryContext()
  const admin = new AdminServer(
    {
      address,
      accessLogs: createAccessLoggers(bootstrap.admin.accessLogs, context),
      allowPaths: bootstrap.admin.allowPaths,
      addressPath: options.adminAddressPath,
    },
    { admin: new AdminCapabilities(server, deps), context, newResponseHeaders },
  )
  const started = admin.start()
  if (!started.ok) throw new StartError(started.message)
  return admin
}
