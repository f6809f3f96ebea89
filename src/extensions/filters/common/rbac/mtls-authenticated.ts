/** envoy.rbac.principals.mtls_authenticated: whose certificate was checked, and has one of these names. */
import type { Reader } from '../../../../api/config.ts'
import type { SanType, SslConnectionInfo } from '../../../../api/network.ts'
import type { StringPredicate } from '../../../../config/matchers/string-matcher.ts'
import { readStringMatcher } from '../../../../config/matchers/string-matcher.ts'
import { refuse, typedConfig } from '../../../../config/matchers/tree/tree-context.ts'
import type { RbacRule } from './rbac-subject.ts'
import { NEVER } from './shared-rules.ts'

const TYPE = 'envoy.extensions.rbac.principals.mtls_authenticated.v3.Config'

/** A TypedExtensionConfig; there is no other kind of principal. */
export function readPrincipalExtension(reader: Reader): RbacRule {
  const any = typedConfig(reader)
  if (any === undefined) return NEVER
  if (any.typeName === TYPE) return readMtlsAuthenticated(any.reader)
  refuse(reader, any)
  return NEVER
}

function readMtlsAuthenticated(reader: Reader): RbacRule {
  const name = reader.message('san_matcher', readAlternativeName)
  const any = reader.bool('any_validated_client_certificate', false)
  if (name === undefined && !any) {
    const what = 'did not have any configured validation. At least one configuration field must be set.'
    reader.error(undefined, 'NU184', `envoy.rbac.principals.mtls_authenticated ${what}`)
  }
  // On a connection without TLS this is nobody.
  return ({ streamInfo: { ssl } }) =>
    ssl !== undefined && ssl.peerCertificateValidated && (name === undefined || isNamed(ssl, name))
}

interface AlternativeName {
  readonly type: SanType
  /** Which OTHER_NAME. */
  readonly oid: string
  readonly matches: StringPredicate
}

/** `1.3.6.1.4.1`. */
const OID = /^[012](?:\.\d+)+$/

/** envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher. */
function readAlternativeName(reader: Reader): AlternativeName {
  const type = reader.enumeration<SanType>('san_type', 'DNS')
  const oid = reader.string('oid')
  if (type === 'OTHER_NAME' && !OID.test(oid)) {
    reader.error('oid', 'NU184', `Failed to create SAN matcher for OTHER_NAME with OID: ${oid}`)
  }
  return { type, oid, matches: reader.message('matcher', readStringMatcher) ?? (() => false) }
}

function isNamed(ssl: SslConnectionInfo, { type, oid, matches }: AlternativeName): boolean {
  return ssl.sansPeerCertificate(type, oid).some(matches)
}
