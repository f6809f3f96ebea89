/** envoy.config.rbac.v3.Principal: whom a policy is about. */
import type { Reader } from '../../../../api/config.ts'
import type { SslConnectionInfo } from '../../../../api/network.ts'
import { readCidrRange } from '../../../../config/cidr-range.ts'
import type { StringPredicate } from '../../../../config/matchers/string-matcher.ts'
import { readStringMatcher } from '../../../../config/matchers/string-matcher.ts'
import { toWireText } from '../../../../base/wire-text.ts'
import { readPrincipalExtension } from './mtls-authenticated.ts'
import type { RbacRule } from './rbac-subject.ts'
import type { RbacRuleOptions } from './shared-rules.ts'
import { NEVER, rangeRule, readSharedRule } from './shared-rules.ts'

export function readPrincipal(reader: Reader, options: RbacRuleOptions): RbacRule {
  const field = reader.oneof('identifier')
  const syntax = { listField: 'ids', read: (inner: Reader) => readPrincipal(inner, options) } as const
  const shared = readSharedRule(reader, field, syntax, options)
  if (shared !== undefined) return shared
  switch (field) {
    case 'authenticated':
      return authenticatedRule(reader)
    case 'source_ip':
      return rangeRule(reader, 'source_ip', options, ({ connection }) => connection.remoteAddress)
    case 'direct_remote_ip':
      return rangeRule(
        reader,
        'direct_remote_ip',
        options,
        ({ streamInfo }) => streamInfo.connection.directRemoteAddress,
      )
    case 'remote_ip':
      return rangeRule(reader, 'remote_ip', options, ({ streamInfo }) => streamInfo.connection.remoteAddress)
    case 'filter_state':
      return reader.message('filter_state', readFilterState) ?? NEVER
    case 'custom':
      return reader.message('custom', readPrincipalExtension) ?? NEVER
    default:
      return NEVER
  }
}

/** Nobody is authenticated on a connection without TLS. */
function authenticatedRule(reader: Reader): RbacRule {
  const name = reader.message('authenticated', (authenticated) =>
    authenticated.message('principal_name', readStringMatcher),
  )
  return ({ streamInfo: { ssl } }) => ssl !== undefined && (name === undefined || isNamed(ssl, name))
}

function isNamed(ssl: SslConnectionInfo, matches: StringPredicate): boolean {
  return (
    ssl.uriSanPeerCertificate.some(matches) ||
    ssl.dnsSansPeerCertificate.some(matches) ||
    matches(ssl.subjectPeerCertificate)
  )
}

/** envoy.type.matcher.v3.FilterStateMatcher. */
function readFilterState(reader: Reader): RbacRule {
  const key = reader.string('key')
  if (reader.oneof('matcher') === 'address_match') {
    return reader.message('address_match', (match) => readAddressMatch(match, key)) ?? NEVER
  }
  const matches = reader.message('string_match', readStringMatcher) ?? (() => false)
  return ({ streamInfo }) => {
    const text = streamInfo.filterState.get(key)?.serializeAsString()
    return text !== undefined && matches(toWireText(text))
  }
}

/** envoy.type.matcher.v3.AddressMatcher; an object that is no address is in no range, also inverted. */
function readAddressMatch(reader: Reader, key: string): RbacRule {
  const ranges = reader.messages('ranges', readCidrRange)
  const invert = reader.bool('invert_match', false)
  return ({ streamInfo }) => {
    const address = streamInfo.filterState.get(key)?.address
    if (address === undefined) return false
    return ranges.some((range) => range.contains(address)) !== invert
  }
}
