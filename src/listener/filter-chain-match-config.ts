/** envoy.config.listener.v3.FilterChainMatch, parsed. */
import type { Reader } from '../api/config.ts'
import { readCidrRange } from '../config/cidr-range.ts'
import type { ConnectionSourceType, FilterChainMatch } from './filter-chain-match.ts'

const EVERYTHING: FilterChainMatch = {
  destinationPort: undefined,
  prefixRanges: [],
  serverNames: [],
  transportProtocol: '',
  applicationProtocols: [],
  directSourcePrefixRanges: [],
  sourceType: 'ANY',
  sourcePrefixRanges: [],
  sourcePorts: [],
}

export function readFilterChainMatch(reader: Reader | undefined): FilterChainMatch {
  if (reader === undefined) return EVERYTHING
  const serverNames = reader.strings('server_names').map((name) => name.toLowerCase())
  for (const name of serverNames) {
    // What stands behind the first label is taken as it is.
    if (name.includes('*') && !name.startsWith('*.')) {
      reader.error('server_names', 'NU144', 'partial wildcards are not supported in "server_names"')
    }
  }
  return {
    destinationPort: reader.optionalNumber('destination_port'),
    prefixRanges: reader.messages('prefix_ranges', readCidrRange),
    serverNames,
    transportProtocol: reader.string('transport_protocol'),
    applicationProtocols: reader.strings('application_protocols'),
    directSourcePrefixRanges: reader.messages('direct_source_prefix_ranges', readCidrRange),
    sourceType: reader.enumeration<ConnectionSourceType>('source_type', 'ANY'),
    sourcePrefixRanges: reader.messages('source_prefix_ranges', readCidrRange),
    sourcePorts: reader.numbers('source_ports'),
  }
}
