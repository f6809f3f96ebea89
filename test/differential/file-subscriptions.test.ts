/*
 * What every subscription to a file does with what users may put there: the same steps for all kinds of resources, beside
 * the real Envoy. Texts of errors are our own; what is counted, shown and kept is Envoy's.
 */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { direct, httpListener, staticCluster } from '../support/configs.ts'
import { assignment, eventually, fileSource, NODE } from '../support/dynamic-files.ts'
import { freePorts } from '../support/proxy-process.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const T = 'type.googleapis.com/'
const HEADERS = `${T}envoy.extensions.filters.http.header_mutation.v3.HeaderMutation`
const ROUTER = { name: 'r', typed_config: { '@type': `${T}envoy.extensions.filters.http.router.v3.Router` } }
const routes = (name: string, body: string) => ({
  name,
  virtual_hosts: [{ name: 'v', domains: ['*'], routes: [direct('/', body)] }],
})
const front = (extra: object) => [httpListener('front', { extra })]

interface Kind {
  readonly type: string
  /** Of the file's own `type`; `value` makes a difference, `port` is the side's own. */
  readonly make: (name: string, value: string, port: number) => object
  readonly nameField?: string
  readonly bootstrap: object
  /** Prefix of its statistics. */
  readonly stats: string
  /** Part of /config_dump. */
  readonly dump?: string
}

const KINDS: Readonly<Record<string, Kind>> = {
  routes: {
    type: 'envoy.config.route.v3.RouteConfiguration',
    make: routes,
    bootstrap: {
      static_resources: {
        listeners: front({
          route_config: undefined,
          rds: { route_config_name: 'x', config_source: fileSource('f.json') },
        }),
      },
    },
    stats: 'http.ingress.rds.',
    dump: 'dynamic_route_configs',
  },
  clusters: {
    type: 'envoy.config.cluster.v3.Cluster',
    make: (name, value) => staticCluster(name, [9], { connect_timeout: `${value.length}s` }),
    bootstrap: {
      static_resources: { listeners: [httpListener('front', { routes: [direct('/', 'a')] })] },
      dynamic_resources: { cds_config: fileSource('f.json') },
    },
    stats: 'cluster_manager.',
    dump: 'dynamic_active_clusters',
  },
  listeners: {
    type: 'envoy.config.listener.v3.Listener',
    make: (name, value, port) => ({
      ...httpListener(name, { statPrefix: value, routes: [direct('/', value)] }),
      address: { socket_address: { address: '127.0.0.1', port_value: name === 'x' ? port : port + 1 } },
    }),
    bootstrap: {
      static_resources: { listeners: [httpListener('front', { routes: [direct('/', 'a')] })] },
      dynamic_resources: { lds_config: fileSource('f.json') },
    },
    stats: 'listener_manager.',
    dump: 'dynamic_listeners',
  },
  endpoints: {
    type: 'envoy.config.endpoint.v3.ClusterLoadAssignment',
    make: (name, value) => assignment(name, [value.length]),
    nameField: 'cluster_name',
    bootstrap: {
      static_resources: {
        listeners: [httpListener('front', { routes: [direct('/', 'a')] })],
        clusters: [{ name: 'x', type: 'EDS', eds_cluster_config: { eds_config: fileSource('f.json') } }],
      },
    },
    stats: 'cluster.x.update_',
  },
  runtime: {
    type: 'envoy.service.runtime.v3.Runtime',
    make: (name, value) => ({ name, layer: { key: value } }),
    bootstrap: {
      static_resources: { listeners: [httpListener('front', { routes: [direct('/', 'a')] })] },
      layered_runtime: { layers: [{ name: 'r', rtds_layer: { name: 'x', rtds_config: fileSource('f.json') } }] },
    },
    stats: 'runtime.r.',
  },
  scopes: {
    type: 'envoy.config.route.v3.ScopedRouteConfiguration',
    make: (name, value) => ({
      name,
      key: { fragments: [{ string_key: name }] },
      route_configuration: routes('t', value),
    }),
    bootstrap: {
      static_resources: {
        listeners: front({
          route_config: undefined,
          scoped_routes: {
            name: 's',
            scope_key_builder: { fragments: [{ header_value_extractor: { name: 'x-s', index: 0 } }] },
            scoped_rds: { scoped_rds_config_source: fileSource('f.json') },
          },
        }),
      },
    },
    stats: 'http.ingress.scoped_rds.',
    dump: 'dynamic_scoped_route_configs',
  },
  filters: {
    type: 'envoy.config.core.v3.TypedExtensionConfig',
    make: (name, value) => ({
      name,
      typed_config: {
        '@type': HEADERS,
        mutations: { response_mutations: [{ append: { header: { key: 'a', value } } }] },
      },
    }),
    bootstrap: {
      static_resources: {
        listeners: [
          httpListener('front', {
            routes: [direct('/', 'a')],
            extra: {
              http_filters: [
                { name: 'x', config_discovery: { config_source: fileSource('f.json'), type_urls: [HEADERS] } },
                ROUTER,
              ],
            },
          }),
        ],
      },
    },
    stats: 'extension_config_discovery.',
    dump: 'ecds_filters',
  },
}

/** A side's own, since both run at the same time. */
const ports = new Map<string, number>()

function portOf(folder: string): number {
  let port = ports.get(folder)
  // Two in a row: what is free a moment before has a free one behind it most of the time.
  if (port === undefined) ports.set(folder, (port = freePorts(1)[0] ?? 0))
  return port
}

function moveIn(folder: string, text: string | Uint8Array): void {
  writeFileSync(join(folder, 'next'), text)
  renameSync(join(folder, 'next'), join(folder, 'f.json'))
}

async function note(side: Side, step: string, { stats, dump }: Kind): Promise<void> {
  const all = Object.entries(await side.stats())
    .filter(([name]) => name.startsWith(stats) || name === 'server.dynamic_unknown_fields')
    .filter(([name]) => !/time|\.version$|duration|worker|pinned|updated_via_merge/.test(name))
  side.note(step, Object.fromEntries(all.toSorted(([one], [other]) => (one < other ? -1 : 1))))
  if (dump === undefined) return
  const text = await side.proxy.admin(`/config_dump?resource=${dump}`)
  // Errors are told in our own words, and by what names go that nobody gave.
  const plain = text
    .replaceAll(/"(last_updated|last_update_attempt|details)": "[^"]*"/g, '"$1": ""')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<uuid>')
    .replaceAll(/"port_value": \d+/g, '"port_value": 0')
  const { configs = [] } = JSON.parse(plain) as { configs?: object[] }
  side.note(`${step}, dumped`, configs.map((config) => JSON.stringify(sorted(config))).toSorted())
}

/** The order of fields in a dump is not what this is about. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

for (const [name, kind] of Object.entries(KINDS)) {
  const { type, make, nameField = 'name', bootstrap } = kind
  const any = (resource: object) => ({ '@type': T + type, ...resource })
  const response = (version: string, ...resources: readonly object[]): string =>
    JSON.stringify({ version_info: version, resources })

  differential(`a file of ${name}`, {
    flags: ['--drain-time-s', '600', '--parent-shutdown-time-s', '900'],
    prepare: (folder) => {
      mkdirSync(folder, { recursive: true })
      moveIn(folder, response('1', any(make('x', 'one', portOf(folder)))))
    },
    bootstrap: () => ({ node: NODE, ...bootstrap }),
    traffic: async (side) => {
      const { folder } = side.proxy
      const port = portOf(folder)
      const x = (value: string) => any(make('x', value, port))
      const nameless = () => {
        const { [nameField]: _name, ...others } = x('nobody') as Record<string, unknown>
        return others
      }
      const inResource = { '@type': `${T}envoy.service.discovery.v3.Resource`, name: 'x', resource: x('inside it') }
      const steps: Readonly<Record<string, string | Uint8Array>> = {
        second: response('2', x('second')),
        'the same': response('3', x('second')),
        'an empty file': '',
        'an empty object': '{}',
        'nothing but null': 'null',
        'a list': '[]',
        'none of them': response('4'),
        again: response('5', x('again')),
        'another type': response('6', { '@type': `${T}envoy.config.core.v3.Address`, pipe: { path: '/x' } }),
        'an unknown type': response('7', { '@type': `${T}foo.Bar` }),
        'no type': response('8', make('x', 'untyped', port)),
        'in a Resource': response('9', inResource),
        twice: response('10', x('a'), x('bb')),
        two: response('11', x('a'), any(make('y', 'bb', port))),
        another: response('12', any(make('y', 'bb', port))),
        'no name': response('13', nameless()),
        'unknown fields': JSON.stringify({ version_info: '14', more: 1, resources: [{ ...x('known'), foo: 1 }] }),
        'names in camel case': JSON.stringify({ versionInfo: '15', resources: [x('camel')] }),
        'a number for a version': JSON.stringify({ version_info: 16, resources: [x('number')] }),
        'bytes that are no text': new Uint8Array([...Buffer.from('{"version_info": "'), 255, ...Buffer.from('"}')]),
        'in the end': response('17', x('the end')),
      }
      await note(side, 'first', kind)
      for (const [step, text] of Object.entries(steps)) {
        moveIn(folder, text)
        await Bun.sleep(200)
        await note(side, step, kind)
      }
    },
  })
}

differential('a watched directory of links', {
  prepare: (folder) => {
    mkdirSync(folder, { recursive: true })
    swap(folder, '1', JSON.stringify({ version_info: '1', resources: [] }))
  },
  bootstrap: () => ({
    node: NODE,
    static_resources: { listeners: [httpListener('front', { routes: [direct('/', 'a')] })] },
    dynamic_resources: {
      cds_config: {
        path_config_source: { path: '{folder}/current/c.json', watched_directory: { path: '{folder}' } },
      },
    },
  }),
  traffic: async (side) => {
    const cds = { ...KINDS['clusters']! }
    const cluster = { '@type': T + cds.type, ...staticCluster('x', [9]) }
    const texts = { good: JSON.stringify({ version_info: '2', resources: [cluster] }), broken: '{', empty: '{}' }
    for (const [step, text] of Object.entries(texts)) {
      swap(side.proxy.folder, step, text)
      await eventually(step, async () => {
        const attempts = (await side.proxy.stat('cluster_manager.cds.update_attempt')) ?? 0
        return attempts > Object.keys(texts).indexOf(step) + 1
      })
      await Bun.sleep(100)
      await note(side, step, cds)
    }
  },
})

function swap(folder: string, name: string, text: string): void {
  mkdirSync(join(folder, `v${name}`), { recursive: true })
  writeFileSync(join(folder, `v${name}`, 'c.json'), text)
  symlinkSync(`v${name}`, join(folder, 'link'))
  renameSync(join(folder, 'link'), join(folder, 'current'))
}
