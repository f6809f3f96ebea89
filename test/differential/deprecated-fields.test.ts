/* How often the runtime is asked for deprecated fields, of the bootstrap and of resources from files, by where they stand. */
import { mkdirSync } from 'node:fs'
import { direct, httpListener, staticCluster } from '../support/configs.ts'
import { eventually, fileSource, NODE, writeResources } from '../support/dynamic-files.ts'
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

const inProgress = {
  name: 'custom',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.custom_response.v3.CustomResponse' },
}

const CASES: Readonly<Record<string, readonly [listener: object, cluster?: object]>> = {
  nothing: [httpListener('front', { routes: [direct('/', 'x')] })],
  'of the bootstrap itself': [
    { ...httpListener('front', { routes: routes({}) }), access_log: [log], deprecated_v1: { bind_to_port: true } },
    { track_timeout_budgets: true },
  ],
  'of a route': [httpListener('front', { routes: routes({ headers: [header, { name: 'b', prefix_match: 'c' }] }) })],
  'of the connection manager': [httpListener('front', { routes: routes({}), extra: { access_log: [log] } })],
  'of an HTTP filter': [httpListener('front', { routes: routes({}), filters: [fault({ headers: [header] })] })],
  'work in progress': [httpListener('front', { routes: routes({}), filters: [inProgress] })],
  'of a filter for a route': [httpListener('front', { routes: routes({}, perRoute), filters: [fault({})] })],
}

for (const [name, [listener, cluster]] of Object.entries(CASES)) {
  differential(`deprecated fields: ${name}`, {
    bootstrap: () => ({ static_resources: { listeners: [listener], clusters: [staticCluster('app', [1], cluster)] } }),
    stats: /^runtime\.deprecated/,
    traffic: async (side) => {
      await side.noteAdmin('/stats?usedonly&filter=runtime.deprecated|wip_protos')
    },
  })
}

const clusterOf = (name: string): object => ({ name, type: 'STATIC', track_timeout_budgets: true })
const pipe = (name: string): object => ({ pipe: { path: `{folder}/${name}` } })
const listenerOf = (name: string, statPrefix: string): object => ({
  ...httpListener(name, { statPrefix, routes: routes({ headers: [header] }), filters: [inProgress] }),
  address: pipe(name),
  deprecated_v1: {},
})

differential('deprecated fields: of resources that come from files', {
  prepare: (folder) => {
    mkdirSync(folder, { recursive: true })
    writeResources(folder, 'cds.json', 'cluster', [clusterOf('a')])
    writeResources(folder, 'lds.json', 'listener', [])
  },
  bootstrap: () => ({
    node: NODE,
    dynamic_resources: { lds_config: fileSource('lds.json'), cds_config: fileSource('cds.json') },
  }),
  stats: /^runtime\.deprecated/,
  traffic: async (side) => {
    const { folder } = side.proxy
    const update = async (kind: 'listener' | 'cluster', resources: readonly object[]): Promise<void> => {
      const [file, stat] =
        kind === 'cluster' ? ['cds.json', 'cluster_manager.cds'] : ['lds.json', 'listener_manager.lds']
      const attempts = (await side.proxy.stat(`${stat}.update_success`)) ?? 0
      const placed = JSON.parse(JSON.stringify(resources).replaceAll('{folder}', folder)) as object[]
      writeResources(folder, file ?? '', kind, placed)
      await eventually(stat ?? '', async () => ((await side.proxy.stat(`${stat}.update_success`)) ?? 0) > attempts)
      side.note(`${stat} ${attempts}`, await side.proxy.admin('/stats?usedonly&filter=runtime.deprecated|wip_protos'))
    }
    await update('cluster', [clusterOf('a'), clusterOf('b')])
    await update('listener', [listenerOf('one', 'one')])
    await update('listener', [listenerOf('one', 'other')])
    await update('listener', [listenerOf('one', 'other'), listenerOf('two', 'two')])
    await update('listener', [])
  },
})
