/** `nuncio route-check`: Envoy's router_check_tool on our route tables. */
import { readFileSync } from 'node:fs'
import type { Extension } from '../api/extension.ts'
import { newRequestHeaders } from '../codec/headers/request-headers.ts'
import { newResponseHeaders } from '../codec/headers/response-headers.ts'
import { createParseContext } from '../config/parse-context.ts'
import { ipAddress } from '../network/address.ts'
import { SocketInfo } from '../network/connection-info.ts'
import { StreamRecord } from '../network/stream-info.ts'
import { ExtensionRegistry } from '../registry/extension-registry.ts'
import type { RouteCheckReport, RouteCheckSettings } from '../router/route-check/check-routes.ts'
import { checkRoutes } from '../router/route-check/check-routes.ts'
import { StatsStore } from '../stats/stats-store.ts'

export interface RouteCheckFiles extends RouteCheckSettings {
  /** An envoy.config.route.v3.RouteConfiguration. */
  readonly config: string
  /** Requests and what is expected of them. */
  readonly golden: string
}

export function runRouteCheck(files: RouteCheckFiles, extensions: readonly Extension[]): RouteCheckReport {
  const config = readText(files.config)
  const golden = readText(files.golden)
  if (config === undefined || golden === undefined) {
    const missing = config === undefined ? files.config : files.golden
    return { ok: false, lines: [], errors: [`Invalid path: ${missing}`] }
  }
  const context = createParseContext(new ExtensionRegistry(extensions), {
    clusterNames: undefined,
    accessLogFiles: { open: () => ({ error: 'no access logs in a route table' }) },
  })
  return checkRoutes({ file: files.config, text: config }, { file: files.golden, text: golden }, files, {
    context,
    scope: new StatsStore().root,
    requestHeaders: newRequestHeaders,
    responseHeaders: newResponseHeaders,
    streamInfo: () => new StreamRecord(0, 0, new SocketInfo(LOCAL, CLIENT), 0, undefined, undefined),
  })
}

const LOCAL = ipAddress('127.0.0.1', 80)!
const CLIENT = ipAddress('127.0.0.1', 0)!

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
