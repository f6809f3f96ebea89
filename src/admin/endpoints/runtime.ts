/** /runtime and /runtime_modify. */
import type { AdminRuntime } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { jsonText, OK, text } from '../admin-endpoint.ts'

export function runtimeEndpoint(runtime: AdminRuntime): AdminEndpoint {
  return {
    path: '/runtime',
    help: 'print runtime values',
    mutates: false,
    params: [],
    handle: () => jsonText(runtime.render()),
  }
}

const USAGE = `usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN
       or send the parameters as form values
use an empty value to remove a previously added override`

export function runtimeModifyEndpoint(runtime: AdminRuntime): AdminEndpoint {
  return {
    path: '/runtime_modify',
    help:
      'Adds or modifies runtime values as passed in query parameters. To delete a previously added key, use an empty ' +
      'string as the value. Note that deletion only applies to overrides added via this endpoint; values loaded from ' +
      'disk can be modified via override but not deleted. E.g. ?key1=value1&key2=value2...',
    mutates: true,
    params: [],
    handle({ params }) {
      if (params.entries.length === 0) return text(USAGE, 400)
      const failure = runtime.modify(params.entries)
      return failure === undefined ? OK : text(failure, 503)
    },
  }
}
