/** /init_dump: listeners that are not ready, and what each waits for. Of nothing else it tells, as in Envoy. */
import type { AdminProcess, UnreadyTargets } from '../admin-deps.ts'
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
    handle({ params }) {
      const mask = params.first('mask') ?? ''
      const unready = mask === '' || mask === 'listener' ? process.unreadyListeners() : []
      return json(unready.length === 0 ? {} : { unready_targets_dumps: unready.map(dumped) })
    },
  }
}

function dumped({ name, targetNames }: UnreadyTargets): object {
  return targetNames.length === 0 ? { name } : { name, target_names: targetNames }
}
