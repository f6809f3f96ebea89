/** /server_info: admin.v3.ServerInfo, every field printed. */
import type { AdminConfigSource, AdminProcess } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { json } from '../admin-endpoint.ts'
import { commandLineOptions } from '../command-line-options.ts'
import { completeNode, printedNode } from '../node-message.ts'

export function serverInfoEndpoint(process: AdminProcess, config: AdminConfigSource): AdminEndpoint {
  return {
    path: '/server_info',
    help: 'print server version/status information',
    mutates: false,
    params: [],
    handle() {
      return json({
        version: process.version,
        state: process.state,
        uptime_current_epoch: `${process.uptimeS}s`,
        uptime_all_epochs: `${process.uptimeAllEpochsS}s`,
        hot_restart_version: process.hotRestartVersion,
        command_line_options: commandLineOptions(process.options),
        node: printedNode(completeNode(config.bootstrap.message, process)),
        hot_restart_initializing: process.hotRestartInitializing,
      })
    },
  }
}
