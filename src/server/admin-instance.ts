/** The admin server's place in the process. */
import { AdminServer } from '../admin/admin-server.ts'
import type { AccessLogger } from '../api/access-log.ts'
import type { FactoryContext } from '../api/extension.ts'
import { newResponseHeaders } from '../codec/headers/response-headers.ts'
import { createAccessLoggers } from '../formatter/access-log/access-log-config.ts'
import { FormattedLogger } from '../formatter/access-log/formatted-logger.ts'
import { defaultAccessLogFormatter } from '../formatter/default-format.ts'
import type { AdminCapabilitiesDeps } from './admin-capabilities.ts'
import { AdminCapabilities } from './admin-capabilities.ts'
import type { AdminConfig } from './admin-config.ts'
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
      accessLogs: accessLogs(bootstrap.admin, context),
      allowPaths: bootstrap.admin.allowPaths,
      addressPath: options.adminAddressPath,
    },
    { admin: new AdminCapabilities(server, deps), context, newResponseHeaders },
  )
  const started = admin.start()
  if (!started.ok) throw new StartError(started.message)
  return admin
}

function accessLogs({ accessLogs, accessLogPath }: AdminConfig, context: FactoryContext): readonly AccessLogger[] {
  const loggers = createAccessLoggers(accessLogs, context)
  if (accessLogPath !== undefined) {
    const file = context.accessLogFiles.open(accessLogPath)
    if ('error' in file) throw new StartError(file.error)
    loggers.push(new FormattedLogger(defaultAccessLogFormatter(), file))
  }
  return loggers
}
