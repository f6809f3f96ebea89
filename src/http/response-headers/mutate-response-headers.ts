/** What every response gets on its way out (Envoy's ActiveStream::encodeHeaders and mutateResponseHeaders). */
import type { RequestHeaders, ResponseHeaders } from '../../api/headers.ts'
import { nameSet } from '../../codec/headers/field-names.ts'
import type { ConnectionManagerSettings } from '../connection-manager-settings.ts'
import { appendVia } from '../request-headers/append-via.ts'
import { removeResponseHopByHop } from '../request-headers/hop-by-hop.ts'
import type { HttpDate } from './http-date.ts'

// Nearly every message is asked for these: a look at the bits is the cheapest answer.
const DATE = nameSet(['date'])
const FORCE_TRACE = nameSet(['x-envoy-force-trace'])

export function mutateResponseHeaders(
  headers: ResponseHeaders,
  request: RequestHeaders | undefined,
  settings: ConnectionManagerSettings,
  date: HttpDate,
): void {
  if (!headers.mayHave(DATE) || !headers.has('date')) headers.set('date', date.text)
  setServer(headers, settings)
  mutateInterimHeaders(headers, request, settings)
  if (settings.via !== '') appendVia(headers, settings.via)
}

/** What an interim response gets as well: it is no answer yet, so no date, no server and no via. */
export function mutateInterimHeaders(
  headers: ResponseHeaders,
  request: RequestHeaders | undefined,
  settings: ConnectionManagerSettings,
): void {
  removeResponseHopByHop(headers, request)
  if (request === undefined || !(settings.alwaysSetRequestIdInResponse || isTraced(request))) return
  const id = request.get('x-request-id')
  if (id !== undefined) headers.set('x-request-id', id)
}

function isTraced(request: RequestHeaders): boolean {
  return request.mayHave(FORCE_TRACE) && request.has('x-envoy-force-trace')
}

function setServer(headers: ResponseHeaders, settings: ConnectionManagerSettings): void {
  switch (settings.serverHeaderTransformation) {
    case 'OVERWRITE':
      headers.set('server', settings.serverName)
      return
    case 'APPEND_IF_ABSENT':
      if (!headers.has('server')) headers.set('server', settings.serverName)
      return
    case 'PASS_THROUGH':
      return
  }
}
