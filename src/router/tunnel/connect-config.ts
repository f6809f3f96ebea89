/** RouteAction.UpgradeConfig.ConnectConfig: the route ends CONNECT here and passes the bytes on to a plain connection. */
import type { Reader } from '../../api/config.ts'
import type { ConnectConfig } from '../../api/route.ts'

export function readConnectConfig(reader: Reader): ConnectConfig {
  return {
    allowsPost: reader.bool('allow_post', false),
    proxyProtocol: reader.message('proxy_protocol_config', readVersion),
  }
}

function readVersion(reader: Reader): 'V1' | 'V2' {
  return reader.enumeration<'V1' | 'V2'>('version', 'V1')
}
