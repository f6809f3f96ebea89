/** Headers of a request for a copy of it, which goes its own way. */
import type { RequestHeaders } from '../../api/headers.ts'
import { newRequestHeaders } from '../../codec/headers/request-headers.ts'

export function copiedHeaders(headers: RequestHeaders): RequestHeaders {
  const copy = newRequestHeaders(headers.method, headers.path, headers.authority)
  copy.scheme = headers.scheme
  copy.protocol = headers.protocol
  copy.doubtful = headers.doubtful
  headers.forEach((name, value) => copy.add(name, value))
  return copy
}
