/** The connection manager of the admin server: no configuration describes it, so its settings stand here. */
import type { AccessLogger } from '../api/access-log.ts'
import type { FactoryContext } from '../api/extension.ts'
import type { DecoderFilter } from '../api/http.ts'
import type { NetworkFilterFactory } from '../api/network.ts'
import type { CodecConfig } from '../http/connection-manager-config.ts'
import { createConnectionManager } from '../http/connection-manager.ts'
import type { ConnectionManagerSettings } from '../http/connection-manager-settings.ts'
import { DEFAULT_SETTINGS } from '../http/connection-manager-settings.ts'

export interface AdminConnectionManagerDeps {
  readonly accessLogs: readonly AccessLogger[]
  /** One per request. */
  readonly newFilter: () => DecoderFilter
}

/** `context` has `listener.admin.` as its listener scope. */
export function adminConnectionManager(
  deps: AdminConnectionManagerDeps,
  context: FactoryContext,
): NetworkFilterFactory {
  return createConnectionManager(
    {
      statPrefix: 'admin',
      settings: SETTINGS,
      codecType: 'AUTO',
      codec: CODEC,
      filters: [
        {
          name: 'envoy.filters.http.admin',
          disabled: false,
          create: () => (chain) => chain.addDecoderFilter(deps.newFilter()),
        },
      ],
      traceable: false,
      upgrades: [],
      localReply: undefined,
      createRoutes: () => ({ current: { name: '', route: () => undefined } }),
      createAccessLogs: () => deps.accessLogs,
    },
    context,
  )
}

/** As Envoy's AdminImpl answers for itself: peers are taken as they are, paths are cleaned, nothing times out. */
const SETTINGS: ConnectionManagerSettings = {
  ...DEFAULT_SETTINGS,
  idleTimeoutMs: 0,
  streamIdleTimeoutMs: 0,
  drainTimeoutMs: 100,
  delayedCloseTimeoutMs: 0,
  generateRequestId: false,
  clientAddress: { ...DEFAULT_SETTINGS.clientAddress, useRemoteAddress: true },
  path: { normalize: true, mergeSlashes: true, escapedSlashes: 'KEEP_UNCHANGED' },
}

const CODEC: CodecConfig = {
  maxHeadersBytes: 60 * 1024,
  maxHeadersCount: 100,
  enableTrailers: false,
  allowChunkedLength: false,
  headerKeyFormat: undefined,
  allowAbsoluteUrl: false,
  acceptHttp10: false,
  allowCustomMethods: false,
  ignoresUpgrade: undefined,
  underscoresAction: 'allow',
}
