/** What access loggers write when nothing is said. */
import type { Formatter } from '../api/access-log.ts'
import { compileFormat } from './compile-format.ts'

export const DEFAULT_ACCESS_LOG_FORMAT =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ' +
  '%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" ' +
  '"%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n'

export function defaultAccessLogFormatter(): Formatter {
  const compiled = compileFormat(DEFAULT_ACCESS_LOG_FORMAT, { unset: '-' })
  // The format is a constant that the tests compile.
  if (!compiled.ok) throw new Error(compiled.message)
  return compiled.formatter
}
