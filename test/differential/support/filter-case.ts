/* One chain of HTTP filters in front of one scripted backend, and a table of requests: what most filters need. */
import { httpListener, routeTo, staticCluster } from '../../support/configs.ts'
import { differential } from './differential.ts'
import { fileLog, textFormat } from '../../support/file-log.ts'
import type { Side } from './side.ts'

const ROUTER = filterEntry('router', 'router.v3.Router')

/** Name of the check, request line, header lines, body. */
export type RequestRow = readonly [name: string, line: string, headers?: readonly string[], body?: string]

export interface FilterCase {
  /** In front of the router. */
  readonly filters: readonly object[]
  readonly router?: object
  readonly routes?: readonly object[]
  /** Of the only virtual host and of the table. */
  readonly virtualHost?: object
  readonly table?: object
  /** More of the connection manager. */
  readonly manager?: object
  readonly clusters?: readonly object[]
  /** Beside `app`; each has a cluster of its name. */
  readonly otherBackends?: readonly string[]
  readonly bootstrap?: object
  readonly requests: readonly RequestRow[]
  readonly stats?: RegExp
  readonly volatile?: RegExp
  /** Format of the access log, of which every line is compared. */
  readonly log?: string
  /** How many there are; default one for each request. */
  readonly lines?: number
  /** More traffic behind the table. */
  readonly afterwards?: (side: Side) => Promise<void>
}

/** `type` without `envoy.extensions.filters.http.`. */
export function filterEntry(name: string, type: string, config: object = {}): object {
  return {
    name: `envoy.filters.http.${name}`,
    typed_config: { '@type': `type.googleapis.com/envoy.extensions.filters.http.${type}`, ...config },
  }
}

/** `typed_per_filter_config` with one entry. */
export function perFilter(name: string, type: string, config: object = {}): object {
  const typed = { '@type': `type.googleapis.com/envoy.extensions.filters.http.${type}`, ...config }
  return { typed_per_filter_config: { [`envoy.filters.http.${name}`]: typed } }
}

export function differentialFilters(name: string, wanted: FilterCase): void {
  const { log, otherBackends = [] } = wanted
  differential(name, {
    backends: ['app', ...otherBackends],
    bootstrap: (port) => ({
      ...wanted.bootstrap,
      static_resources: {
        listeners: [
          httpListener('front', {
            extra: {
              http_filters: [...wanted.filters, wanted.router ?? ROUTER],
              route_config: {
                name: 'local',
                virtual_hosts: [
                  { name: 'all', domains: ['*'], routes: wanted.routes ?? [routeTo('app')], ...wanted.virtualHost },
                ],
                ...wanted.table,
              },
              ...(log === undefined ? {} : { access_log: [fileLog('access.log', textFormat(log))] }),
              ...wanted.manager,
            },
          }),
        ],
        clusters: [
          ...['app', ...otherBackends].map((name) => staticCluster(name, [port(name)])),
          ...(wanted.clusters ?? []),
        ],
      },
    }),
    traffic: async (side) => {
      for (const row of wanted.requests) await exchange(side, row)
      for (const backend of ['app', ...otherBackends]) side.noteSeen(backend)
      await wanted.afterwards?.(side)
      if (log !== undefined) await side.noteLog('access.log', wanted.lines ?? wanted.requests.length)
    },
    ...(wanted.stats === undefined ? {} : { stats: wanted.stats }),
    ...(wanted.volatile === undefined ? {} : { volatile: wanted.volatile }),
  })
}

/** A connection of its own for each request. */
export async function exchange(side: Side, [name, line, headers = [], body]: RequestRow): Promise<void> {
  const host = headers.some((each) => /^host:/i.test(each)) ? [] : ['host: a.test']
  const framed = headers.some((each) => /^(?:transfer-encoding|content-length):/i.test(each))
  const length = body === undefined || framed ? [] : [`content-length: ${body.length}`]
  const head = [`${line} HTTP/1.1`, ...host, ...headers, ...length].join('\r\n')
  await side.send(name, 'front', `${head}\r\n\r\n${body ?? ''}`)
}
