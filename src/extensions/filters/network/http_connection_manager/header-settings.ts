/** What the connection manager does to heads of requests and responses. */
import type { Reader } from '../../../../api/config.ts'
import { toWireText } from '../../../../base/wire-text.ts'
import type {
  ClientAddressSettings,
  ForwardProtoPorts,
  ConnectionManagerSettings,
  HostPortStripping,
  PathSettings,
  SchemeTransformation,
  ServerHeaderTransformation,
} from '../../../../http/connection-manager-settings.ts'
import { readClientCert, readClientCertMatcher } from './client-cert.ts'
import { readInternalAddresses } from './internal-addresses.ts'
import { readProxyStatus } from './proxy-status.ts'
import { readRequestId } from './request-id.ts'

type HeaderSettings = Pick<
  ConnectionManagerSettings,
  | 'serverName'
  | 'serverHeaderTransformation'
  | 'via'
  | 'addUserAgent'
  | 'appendLocalOverload'
  | 'proxyStatus'
  | 'proxy100Continue'
  | 'clientAddress'
  | 'generateRequestId'
  | 'requestId'
  | 'alwaysSetRequestIdInResponse'
  | 'scheme'
  | 'forwardProto'
  | 'addsProxyProtocolState'
  | 'clientCert'
  | 'clientCertMatcher'
  | 'path'
  | 'stripHostPort'
  | 'stripTrailingHostDot'
>

export function readHeaderSettings(reader: Reader): HeaderSettings {
  ignoreWithoutEffect(reader)
  const serverName = toWireText(reader.string('server_name'))
  return {
    serverName: serverName === '' ? 'envoy' : serverName,
    serverHeaderTransformation: reader.enumeration<ServerHeaderTransformation>(
      'server_header_transformation',
      'OVERWRITE',
    ),
    via: toWireText(reader.string('via')),
    proxyStatus: reader.message('proxy_status_config', readProxyStatus),
    appendLocalOverload: reader.bool('append_local_overload', false),
    addUserAgent: reader.bool('add_user_agent', false),
    proxy100Continue: reader.bool('proxy_100_continue', false),
    clientAddress: readClientAddress(reader),
    generateRequestId: reader.bool('generate_request_id', true),
    requestId: readRequestId(reader),
    alwaysSetRequestIdInResponse: reader.bool('always_set_request_id_in_response', false),
    scheme: reader.message('scheme_header_transformation', readScheme) ?? 'received',
    forwardProto: reader.message('forward_proto_config', readForwardProto),
    addsProxyProtocolState: reader.bool('add_proxy_protocol_connection_state', true),
    clientCert: readClientCert(reader),
    clientCertMatcher: reader.message('forward_client_cert_matcher', readClientCertMatcher),
    path: readPath(reader),
    stripHostPort: readPortStripping(reader),
    stripTrailingHostDot: reader.bool('strip_trailing_host_dot', false),
  }
}

function ignoreWithoutEffect(reader: Reader): void {
  reader.message('typed_header_validation_config', (validation) => {
    const name = validation.string('name')
    validation.keep()
    const message = `This Envoy binary does not support header validator extensions.: '${name}'`
    validation.error(undefined, 'NU172', message, "Envoy's own public build refuses it as well")
  })
  reader.ignore('path_normalization_options', 'not implemented by Envoy')
  reader.ignore('represent_ipv4_remote_address_as_ipv4_mapped_ipv6', 'not implemented by Envoy')
}

function readForwardProto(reader: Reader): ForwardProtoPorts {
  return {
    https: new Set(reader.numbers('https_destination_ports')),
    http: new Set(reader.numbers('http_destination_ports')),
  }
}

function readClientAddress(reader: Reader): ClientAddressSettings {
  return {
    useRemoteAddress: reader.bool('use_remote_address', false),
    xffNumTrustedHops: reader.number('xff_num_trusted_hops', 0),
    skipXffAppend: reader.bool('skip_xff_append', false),
    appendXForwardedPort: reader.bool('append_x_forwarded_port', false),
    isInternal: reader.message('internal_address_config', readInternalAddresses) ?? (() => false),
  }
}

/** A scheme to overwrite takes precedence, as in Envoy. */
function readScheme(reader: Reader): SchemeTransformation {
  const matchUpstream = reader.bool('match_upstream', false)
  if (reader.oneof('transformation') === undefined) return matchUpstream ? 'match-upstream' : 'received'
  return reader.string('scheme_to_overwrite') === 'https' ? 'https' : 'http'
}

function readPath(reader: Reader): PathSettings {
  const action = reader.enumeration<PathSettings['escapedSlashes'] | 'IMPLEMENTATION_SPECIFIC_DEFAULT'>(
    'path_with_escaped_slashes_action',
    'IMPLEMENTATION_SPECIFIC_DEFAULT',
  )
  const normalize = reader.optionalBool('normalize_path')
  return {
    normalize: normalize ?? false,
    mergeSlashes: reader.bool('merge_slashes', false),
    escapedSlashes: action === 'IMPLEMENTATION_SPECIFIC_DEFAULT' ? 'KEEP_UNCHANGED' : action,
    unset: { normalize: normalize === undefined, escapedSlashes: action === 'IMPLEMENTATION_SPECIFIC_DEFAULT' },
  }
}

function readPortStripping(reader: Reader): HostPortStripping {
  const matching = reader.bool('strip_matching_host_port', false)
  const any = reader.bool('strip_any_host_port', false)
  if (matching && any) {
    reader.error(
      'strip_any_host_port',
      'NU172',
      'Error: Only one of `strip_matching_host_port` or `strip_any_host_port` can be set.',
    )
  }
  if (any) return 'any'
  return matching ? 'matching' : 'none'
}
