/** envoy.http.stateful_session.header: the client names its host in a header, in base64. */
import type { Reader } from '../../../../api/config.ts'
import type { Extension } from '../../../../api/extension.ts'
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { SessionStateFactory } from '../../../../api/stateful-session.ts'

/** The header's name, in lower case. */
type HeaderSessionConfig = string

export const extension: Extension<HeaderSessionConfig, 'envoy.http.stateful_session'> = {
  category: 'envoy.http.stateful_session',
  name: 'envoy.http.stateful_session.header',
  typeNames: ['envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: (reader: Reader) => reader.string('name').toLowerCase(),
  create: (name): SessionStateFactory => ({
    create: (headers) => {
      const upstreamAddress = addressIn(headers, name)
      return {
        upstreamAddress,
        onUpdate: (host, response) => {
          if (host === upstreamAddress) return false
          response.set(name, Buffer.from(host, 'latin1').toString('base64'))
          return true
        },
      }
    },
  }),
}

function addressIn(headers: RequestHeaders, name: string): string | undefined {
  const value = headers.get(name) ?? ''
  if (value.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return undefined
  return Buffer.from(value, 'base64').latin1Slice() || undefined
}
