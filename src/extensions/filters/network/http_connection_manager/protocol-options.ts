/** common_http_protocol_options, http_protocol_options and what else tells the codec how to read requests. */
import type { Reader } from '../../../../api/config.ts'
import type { UnderscoresAction } from '../../../../codec/http1/settings.ts'
import { readStringMatcher } from '../../../../config/matchers/string-matcher.ts'
import type { CodecConfig } from '../../../../http/connection-manager-config.ts'
import { readHeaderKeyFormat } from '../../../../http/header-key-format.ts'
import type { ConnectionManagerSettings } from '../../../../http/connection-manager-settings.ts'

type ProtocolSettings = Pick<
  ConnectionManagerSettings,
  | 'idleTimeoutMs'
  | 'maxConnectionDurationMs'
  | 'maxConnectionDurationJitter'
  | 'maxStreamDurationMs'
  | 'maxRequestsPerConnection'
  | 'acceptHttp10'
  | 'defaultHostForHttp10'
  | 'streamErrorOnInvalidMessage'
>

export interface ProtocolOptions {
  readonly codec: CodecConfig
  readonly settings: ProtocolSettings
}

const HOUR_MS = 3_600_000

export function readProtocolOptions(reader: Reader, codecType: 'AUTO' | 'HTTP1'): ProtocolOptions {
  const common = reader.message('common_http_protocol_options', readCommon) ?? NO_COMMON
  const http1 = reader.message('http_protocol_options', readHttp1) ?? NO_HTTP1
  const streamError = reader.bool('stream_error_on_invalid_http_message', false)
  // With AUTO they would matter to clients that speak HTTP/2 at once: refused by name.
  if (codecType === 'HTTP1') reader.ignore('http2_protocol_options', 'codec_type HTTP1 never speaks HTTP/2')
  reader.ignore('http3_protocol_options', 'takes effect with codec_type HTTP3 only')
  return {
    codec: {
      maxHeadersBytes: reader.number('max_request_headers_kb', 60) * 1024,
      maxHeadersCount: common.maxHeadersCount,
      underscoresAction: common.underscoresAction,
      ...http1.codec,
    },
    settings: {
      ...common.settings,
      ...http1.settings,
      streamErrorOnInvalidMessage: http1.streamErrorOnInvalidMessage ?? streamError,
    },
  }
}

interface CommonOptions {
  readonly maxHeadersCount: number
  readonly underscoresAction: UnderscoresAction
  readonly settings: Pick<
    ProtocolSettings,
    | 'idleTimeoutMs'
    | 'maxConnectionDurationMs'
    | 'maxConnectionDurationJitter'
    | 'maxStreamDurationMs'
    | 'maxRequestsPerConnection'
  >
}

const NO_COMMON: CommonOptions = {
  maxHeadersCount: 100,
  underscoresAction: 'allow',
  settings: {
    idleTimeoutMs: HOUR_MS,
    maxConnectionDurationMs: 0,
    maxConnectionDurationJitter: 0,
    maxStreamDurationMs: 0,
    maxRequestsPerConnection: 0,
  },
}

function readCommon(reader: Reader): CommonOptions {
  if (reader.has('max_response_headers_kb')) {
    // Only clusters receive responses.
    const problem = 'Error: max_response_headers_kb cannot be set on http_connection_manager.'
    reader.error('max_response_headers_kb', 'NU192', problem)
    reader.ignore('max_response_headers_kb', problem)
  }
  return {
    maxHeadersCount: reader.number('max_headers_count', 100),
    underscoresAction: readUnderscoresAction(reader),
    settings: {
      idleTimeoutMs: reader.durationMs('idle_timeout', HOUR_MS),
      maxConnectionDurationMs: reader.durationMs('max_connection_duration', 0),
      maxConnectionDurationJitter: reader.message('max_connection_duration_jitter', readShare) ?? 0,
      maxStreamDurationMs: reader.durationMs('max_stream_duration', 0),
      maxRequestsPerConnection: reader.number('max_requests_per_connection', 0),
    },
  }
}

function readUnderscoresAction(reader: Reader): UnderscoresAction {
  switch (reader.enumeration<'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER'>('headers_with_underscores_action', 'ALLOW')) {
    case 'ALLOW':
      return 'allow'
    case 'REJECT_REQUEST':
      return 'reject-request'
    case 'DROP_HEADER':
      return 'drop-header'
  }
}

interface Http1Options {
  readonly codec: Pick<
    CodecConfig,
    | 'enableTrailers'
    | 'allowChunkedLength'
    | 'headerKeyFormat'
    | 'allowAbsoluteUrl'
    | 'acceptHttp10'
    | 'allowCustomMethods'
    | 'ignoresUpgrade'
  >
  readonly settings: Pick<ProtocolSettings, 'acceptHttp10' | 'defaultHostForHttp10'>
  readonly streamErrorOnInvalidMessage: boolean | undefined
}

const NO_HTTP1: Http1Options = {
  codec: {
    enableTrailers: false,
    allowChunkedLength: false,
    headerKeyFormat: undefined,
    allowAbsoluteUrl: true,
    acceptHttp10: false,
    allowCustomMethods: false,
    ignoresUpgrade: undefined,
  },
  settings: { acceptHttp10: false, defaultHostForHttp10: '' },
  streamErrorOnInvalidMessage: undefined,
}

function readHttp1(reader: Reader): Http1Options {
  reader.ignore('send_fully_qualified_url', 'concerns requests to upstreams')
  reader.ignore('use_balsa_parser', 'there is one parser')
  const acceptHttp10 = reader.bool('accept_http_10', false)
  return {
    codec: {
      enableTrailers: reader.bool('enable_trailers', false),
      allowChunkedLength: reader.bool('allow_chunked_length', false),
      headerKeyFormat: reader.message('header_key_format', readHeaderKeyFormat),
      allowAbsoluteUrl: reader.bool('allow_absolute_url', true),
      acceptHttp10,
      allowCustomMethods: reader.bool('allow_custom_methods', false),
      ignoresUpgrade: readIgnoredUpgrades(reader),
    },
    settings: { acceptHttp10, defaultHostForHttp10: reader.string('default_host_for_http_10') },
    streamErrorOnInvalidMessage: reader.optionalBool('override_stream_error_on_invalid_http_message'),
  }
}

function readIgnoredUpgrades(reader: Reader): CodecConfig['ignoresUpgrade'] {
  const matchers = reader.messages('ignore_http_11_upgrade', readStringMatcher)
  return matchers.length === 0 ? undefined : (token) => matchers.some((matches) => matches(token))
}

/** envoy.type.v3.Percent as a part of one. */
function readShare(reader: Reader): number {
  return reader.number('value', 0) / 100
}
