/* How often the runtime is asked for deprecated fields of the bootstrap, by where they stand. */
import { direct, httpListener, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'

const FAULT = 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault'
const STDOUT = 'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog'
const header = { name: 'a', exact_match: 'b' }
const fault = (settings: object): object => ({ name: 'fault', typed_config: { '@type': FAULT, ...settings } })
const log = { name: 'log', filter: { header_filter: { header } }, typed_config: { '@type': STDOUT } }
const routes = (match: object, route: object = {}): readonly object[] => [
  { match: { prefix: '/', ...match }, direct_response: { status: 200 }, ...route },
]
const perRoute = { typed_per_filter_config: { fault: { '@type': FAULT, headers: [header] } } }

const CASES: Readonly<Record<string, readonly [listener: object, cluster?: object]>> = {
  nothing: [httpListener('front', { routes: [direct('/', 'x')] })],
  'of the bootstrap itself': [
    { ...httpListener('front', { routes: routes({}) }), access_log: [log], deprecated_v1: { bind_to_port: true } },
    { track_timeout_budgets: true },
  ],
  'of a route': [httpListener('front', { routes: routes({ headers: [header, { name: 'b', prefix_match: 'c' }] }) })],
  'of the connection manager': [httpListener('front', { routes: routes({}), extra: { access_log: [log] } })],
  'of an HTTP filter': [httpListener('front', { routes: routes({}), filters: [fault({ headers: [header] })] })],
  'of a filter for a route': [httpListener('front', { routes: routes({}, perRoute), filters: [fault({})] })],
}

for (const [name, [listener, cluster]] of Object.entries(CASES)) {
  differential(`deprecated fields: ${name}`, {
    bootstrap: () => ({ static_resources: { listeners: [listener], clusters: [staticCluster('app', [1], cluster)] } }),
    stats: /^runtime\.deprecated/,
    traffic: async (side) => {
      await side.noteAdmin('/stats?usedonly&filter=runtime.deprecated')
    },
  })
}
