/** A referer that is no URI reference, or says more than it may (RFC 9110 §10.1.3), goes no further. */
import type { RequestHeaders } from '../../api/headers.ts'
import { parseAbsoluteUrl } from '../../base/absolute-url.ts'
import { nameSet } from '../../codec/headers/field-names.ts'

const REFERER = nameSet(['referer'])
/** A relative one: no fragment, and no colon before its first slash, where that would be a scheme's. */
const RELATIVE = /^[a-zA-Z0-9!$%&'()*+,\-.;=?@_~]*(?:\/[a-zA-Z0-9!$%&'()*+,\-./:;=?@_~]*)?$/

export function removeBadReferer(headers: RequestHeaders): void {
  if (!headers.mayHave(REFERER)) return
  const value = headers.get('referer')
  if (value !== undefined && !isValidReferer(value)) headers.remove('referer')
}

function isValidReferer(value: string): boolean {
  const url = parseAbsoluteUrl(value)
  if (url !== undefined) return url.userInformation === '' && url.fragment === ''
  return RELATIVE.test(value)
}
