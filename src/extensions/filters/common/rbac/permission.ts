/** envoy.config.rbac.v3.Permission: what a policy is about. */
import type { Reader } from '../../../../api/config.ts'
import { readStringMatcher } from '../../../../config/matchers/string-matcher.ts'
import { withoutQuery } from '../../../../router/request-view.ts'
import { readUriTemplate } from '../../../../router/uri-template.ts'
import type { RbacRule, RbacSubject } from './rbac-subject.ts'
import type { RbacRuleOptions } from './shared-rules.ts'
import { readMatcherExtension } from './upstream-ip-port.ts'
import { NEVER, rangeRule, readSharedRule } from './shared-rules.ts'

export function readPermission(reader: Reader, options: RbacRuleOptions): RbacRule {
  const field = reader.oneof('rule')
  const syntax = { listField: 'rules', read: (inner: Reader) => readPermission(inner, options) } as const
  const shared = readSharedRule(reader, field, syntax, options)
  if (shared !== undefined) return shared
  switch (field) {
    case 'uri_template':
      return uriTemplateRule(reader)
    case 'destination_ip':
      return rangeRule(reader, 'destination_ip', options, ({ streamInfo }) => streamInfo.connection.localAddress)
    case 'destination_port': {
      const port = reader.number('destination_port', 0)
      return (subject) => portOf(subject) === port
    }
    case 'destination_port_range':
      return reader.message('destination_port_range', readPortRange) ?? NEVER
    case 'requested_server_name': {
      const matches = reader.message('requested_server_name', readStringMatcher)
      return ({ connection }) => matches?.(connection.requestedServerName) === true
    }
    case 'matcher':
      return reader.message('matcher', readMatcherExtension) ?? NEVER
    default:
      return NEVER
  }
}

function uriTemplateRule(reader: Reader): RbacRule {
  const template = reader.message('uri_template', readUriTemplate)
  if (template === undefined) return NEVER
  return ({ request }) => request !== undefined && template.regex.matchesWhole(withoutQuery(request.path))
}

/** -1 of what is no IP address. */
function portOf({ streamInfo }: RbacSubject): number {
  const address = streamInfo.connection.localAddress
  return address.kind === 'ip' ? address.port : -1
}

const MAX_BOUND = 65_536

/** envoy.type.v3.Int32Range: start included, end not. */
function readPortRange(reader: Reader): RbacRule {
  const start = reader.number('start', 0)
  const end = reader.number('end', 0)
  if (start < 0 || start > MAX_BOUND) reader.error('start', 'NU184', `range start ${start} is out of bounds`)
  else if (end < 0 || end > MAX_BOUND) reader.error('end', 'NU184', `range end ${end} is out of bounds`)
  else if (start >= end) {
    const what = `range start ${start} cannot be greater or equal than range end ${end}`
    reader.error(undefined, 'NU184', what)
  }
  return (subject) => {
    const port = portOf(subject)
    return port >= start && port < end
  }
}
