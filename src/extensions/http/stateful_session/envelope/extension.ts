/** envoy.http.stateful_session.envelope: the host in a header of the upstream's own, around its value. */
import type { Reader } from '../../../../api/config.ts'
import type { Extension } from '../../../../api/extension.ts'
import { EnvelopeSessions } from './envelope-session.ts'

/** The header's name, in lower case. */
type EnvelopeSessionConfig = string

export const extension: Extension<EnvelopeSessionConfig, 'envoy.http.stateful_session'> = {
  category: 'envoy.http.stateful_session',
  name: 'envoy.http.stateful_session.envelope',
  typeNames: ['envoy.extensions.http.stateful_session.envelope.v3.EnvelopeSessionState'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: (reader: Reader) => reader.message('header', (header) => header.string('name').toLowerCase()) ?? '',
  create: (name) => new EnvelopeSessions(name),
}
