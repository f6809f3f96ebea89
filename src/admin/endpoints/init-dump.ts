/** /init_dump: what the start still waits for; empty once it is over. */
import type { AdminProcess } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { json } from '../admin-endpoint.ts'

export function initDumpEndpoint(process: AdminProcess): AdminEndpoint {
  return {
    path: '/init_dump',
    help: 'dump current Envoy init manager information (experimental)',
    mutates: false,
    params: [
      {
        name: 'mask',
        help: 'The desired component to dump unready targets. The mask is parsed as a Protobuf::FieldMask. For example, get the unready targets of all listeners with /init_dump?mask=listener`',
      },
    ],
    handle() {
      const waiting = process.unreadyTargets().filter(({ targetNames }) => targetNames.length > 0)
      if (waiting.length === 0) return json({})
      return json({
        unready_targets_dumps: waiting.map(({ name, targetNames }) => ({ name, target_names: targetNames })),
      })
    },
  }
}
