/** envoy.rbac.matchers.upstream_ip_port: where a request goes, once a forward proxy has left that in the filter state. */
import type { Reader } from '../../../../api/config.ts'
import { readCidrRange } from '../../../../config/cidr-range.ts'
import { refuse, typedConfig } from '../../../../config/matchers/tree/tree-context.ts'
import type { RbacRule } from './rbac-subject.ts'
import { NEVER } from './shared-rules.ts'

const TYPE = 'envoy.extensions.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher'
const ADDRESS = 'envoy.stream.upstream_address'

/** A TypedExtensionConfig; there is no other kind of matcher. */
export function readMatcherExtension(reader: Reader): RbacRule {
  const any = typedConfig(reader)
  if (any === undefined) return NEVER
  if (any.typeName === TYPE) return readUpstreamIpPort(any.reader)
  refuse(reader, any)
  return NEVER
}

function readUpstreamIpPort(reader: Reader): RbacRule {
  const range = reader.message('upstream_ip', readCidrRange)
  // Both ends are included.
  const ports = reader.message('upstream_port_range', (bounds) => ({
    start: bounds.number('start', 0),
    end: bounds.number('end', 0),
  }))
  if (!reader.has('upstream_ip') && ports === undefined) {
    const what = 'missing `upstream_ip` and/or `upstream_port_range`'
    reader.error(undefined, 'NU184', `Invalid UpstreamIpPortMatcher configuration - ${what}`)
  }
  return ({ streamInfo }) => {
    const address = streamInfo.filterState.get(ADDRESS)?.address
    if (address === undefined) return false
    if (range !== undefined && !range.contains(address)) return false
    return ports === undefined || (address.kind === 'ip' && address.port >= ports.start && address.port <= ports.end)
  }
}
