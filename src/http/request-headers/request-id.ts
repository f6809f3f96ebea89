/** x-request-id as a UUID (Envoy docs: http_conn_man/headers#x-request-id). */
import type { Random } from '../../api/event.ts'
import type { RequestHeaders } from '../../api/headers.ts'
import { nameSet } from '../../codec/headers/field-names.ts'

const NAME = 'x-request-id'
const NAMED = nameSet([NAME])
const UUID_LENGTH = 36
/** The nibble that says whether the request is traced; `4` (of a version 4 UUID): it is not. */
const TRACE_NIBBLE = 14

/** An edge does not believe ids from outside, unless it keeps them. */
export function setRequestId(headers: RequestHeaders, random: Random, edge: boolean, keepExternal: boolean): void {
  const id = headers.mayHave(NAMED) ? headers.get(NAME) : undefined
  if (id === undefined || id === '' || (edge && !keepExternal)) {
    headers.set(NAME, random.uuid())
    return
  }
  // Whoever sent the id does not decide about tracing here.
  if (edge && id.length === UUID_LENGTH && id[TRACE_NIBBLE] !== '4') {
    headers.set(NAME, id.slice(0, TRACE_NIBBLE) + '4' + id.slice(TRACE_NIBBLE + 1))
  }
}
