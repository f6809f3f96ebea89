/** x-request-id as a UUID (Envoy docs: http_conn_man/headers#x-request-id). */
import type { Random } from '../../api/event.ts'
import type { RequestHeaders } from '../../api/headers.ts'
import { nameSet } from '../../codec/headers/field-names.ts'
import type { RequestIdSettings } from '../connection-manager-settings.ts'
import { traceReasonOf, withTraceReason } from '../tracing/request-id-trace.ts'

const NAME = 'x-request-id'
const NAMED = nameSet([NAME])

/** An edge does not believe ids from outside, unless it keeps them. */
export function setRequestId(
  headers: RequestHeaders,
  random: Random,
  edge: boolean,
  settings: RequestIdSettings,
): void {
  const id = headers.mayHave(NAMED) ? headers.get(NAME) : undefined
  if (id === undefined || id === '' || (edge && !settings.preserveExternal)) {
    headers.set(NAME, random.uuid())
    return
  }
  // Whoever sent the id does not decide about tracing here.
  if (edge && settings.packs && traceReasonOf(id) !== 'none') headers.set(NAME, withTraceReason(id, 'none'))
}
