/** What may stand in a field line (RFC 9110 §5.1, §5.5), for names and values that no parser has looked at. */
import type { RequestHeaders } from '../../api/headers.ts'

const NAME = /^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/
// oxlint-disable-next-line no-control-regex -- controls are what is looked for
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/

export function isFieldName(text: string): boolean {
  return NAME.test(text)
}

/** Everything but controls; a tab is none. */
export function isFieldValue(text: string): boolean {
  return !CONTROL.test(text)
}

/** What Envoy says of the first field that must not be sent on, undefined without one. */
export function refusedField(headers: RequestHeaders): string | undefined {
  if (!isFieldValue(headers.path)) return 'invalid header value for: :path'
  if (!isFieldValue(headers.authority ?? '')) return 'invalid header value for: :authority'
  let refusal: string | undefined = undefined
  headers.forEach((name, value) => {
    if (refusal !== undefined) return
    // Escaped as in JSON, as it goes into the reply and the log.
    if (!isFieldName(name)) refusal = `invalid header name: ${JSON.stringify(name).slice(1, -1)}`
    else if (!isFieldValue(value)) refusal = `invalid header value for: ${name}`
  })
  return refusal
}
