/** envoy.extensions.health_checkers.thrift.v3.Thrift */
import type { Reader } from '../../../api/config.ts'
import type { ThriftProtocol, ThriftSettings, ThriftTransport } from '../../../codec/thrift/thrift-settings.ts'
import { HEADER_PROTOCOL } from '../../../codec/thrift/thrift-settings.ts'

export interface ThriftCheckConfig extends ThriftSettings {
  readonly method: string
}

const TRANSPORTS: readonly string[] = ['FRAMED', 'UNFRAMED', 'HEADER'] satisfies ThriftTransport[]
const PROTOCOLS: readonly string[] = ['BINARY', 'LAX_BINARY', 'COMPACT'] satisfies ThriftProtocol[]

export function readThriftCheck(reader: Reader): ThriftCheckConfig {
  const transport = reader.enumeration<string>('transport', 'AUTO_TRANSPORT')
  const protocol = reader.enumeration<string>('protocol', 'AUTO_PROTOCOL')
  refuseUnknown(reader, 'transport', transport, TRANSPORTS)
  refuseUnknown(reader, 'protocol', protocol, PROTOCOLS)
  const config = {
    method: reader.string('method_name'),
    // Others were refused.
    transport: transport as ThriftTransport,
    protocol: protocol as ThriftProtocol,
  }
  if (transport === 'HEADER' && PROTOCOLS.includes(protocol) && HEADER_PROTOCOL[config.protocol] === undefined) {
    reader.error('protocol', 'NU163', 'invalid header transport protocol binary/non-strict')
  }
  return config
}

/** Nobody speaks first whose way of speaking could be found out. */
function refuseUnknown(reader: Reader, field: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return
  const message = `Unsupported transport or protocol in thrift health check configuration: ${value}`
  reader.error(reader.has(field) ? field : undefined, 'NU163', message, `set ${field} to one of ${known.join(', ')}`)
}
