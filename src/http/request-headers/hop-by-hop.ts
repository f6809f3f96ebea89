/** Header fields that concern one connection only (RFC 9110 §7.6.1), as Envoy removes them. */
import type { RequestHeaders, ResponseHeaders } from '../../api/headers.ts'
import { nameSet } from '../../codec/headers/field-names.ts'
import { isUpgrade } from '../../codec/headers/is-upgrade.ts'

const HOP_BY_HOP = nameSet(['connection', 'upgrade', 'te', 'keep-alive', 'proxy-connection', 'transfer-encoding'])
const UPGRADE = nameSet(['upgrade'])
/** Besides `connection`, which nearly every response of an HTTP/1 server has. */
const RARE = nameSet(['transfer-encoding', 'proxy-connection'])

export function removeRequestHopByHop(headers: RequestHeaders): void {
  if (!headers.mayHave(HOP_BY_HOP)) return
  if (!isUpgrade(headers)) {
    headers.remove('connection')
    headers.remove('upgrade')
    keepTrailersOnly(headers)
  }
  headers.remove('keep-alive')
  headers.remove('proxy-connection')
  headers.remove('transfer-encoding')
}

/** Of TE only `trailers` concerns the next hop; one that says nothing stays, as in Envoy. */
function keepTrailersOnly(headers: RequestHeaders): void {
  if ((headers.get('te') ?? '') === '') return
  const tokens = headers.getAll('te').join(',').toLowerCase().split(',')
  if (tokens.some((token) => token.trim() === 'trailers')) headers.set('te', 'trailers')
  else headers.remove('te')
}

/** `keep-alive` of an upstream is gone by then (`Forwarding`); what is there was added on purpose. */
export function removeResponseHopByHop(headers: ResponseHeaders, request: RequestHeaders | undefined): void {
  if (!headers.mayHave(HOP_BY_HOP)) return
  if (
    headers.mayHave(UPGRADE) &&
    headers.has('upgrade') &&
    request !== undefined &&
    isUpgrade(request) &&
    isUpgrade(headers)
  ) {
    const bodiless = !headers.has('transfer-encoding') && !headers.has('content-length')
    // 1xx may not have a content-length (RFC 9110 §8.6).
    if (bodiless && headers.status >= 200) headers.set('content-length', '0')
  } else {
    headers.remove('connection')
    if (headers.mayHave(UPGRADE)) headers.remove('upgrade')
  }
  if (!headers.mayHave(RARE)) return
  headers.remove('transfer-encoding')
  headers.remove('proxy-connection')
}
