/*
 * What becomes of connections, requests under way and statistics when clusters and their hosts change: which updates replace a
 * cluster, which take effect in place, which do nothing.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { masked } from './support/mask.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const moved = (folder: string, name: string, content: object): void => {
  writeFileSync(join(folder, `${name}.new`), JSON.stringify(content))
  renameSync(join(folder, `${name}.new`), join(folder, name))
}
const typed = (type: string, messages: readonly object[]): object => ({
  resources: messages.map((message) => ({ '@type': `type.googleapis.com/envoy.config.${type}`, ...message })),
})
const clusters = (...all: readonly object[]): object => typed('cluster.v3.Cluster', all)

interface Endpoint {
  readonly port: number
  readonly more?: object
}
const assignment = (cluster_name: string, endpoints: readonly Endpoint[], more: object = {}): object =>
  typed('endpoint.v3.ClusterLoadAssignment', [
    {
      cluster_name,
      ...more,
      endpoints: [
        {
          lb_endpoints: endpoints.map(({ port, more: outer }) => ({
            endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
            ...outer,
          })),
        },
      ],
    },
  ])

const portOf = (side: Side, wanted: string): number =>
  [...side.places.ports].find(([, name]) => name === wanted)?.[0] ?? 0

/** Until the sum of these stats is so much. */
async function until(side: Side, wanted: number, ...names: readonly string[]): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const stats = await side.stats()
    if (names.reduce((sum, name) => sum + Number(stats[name] ?? 0), 0) >= wanted) break
    await Bun.sleep(40)
  }
  await Bun.sleep(80)
}

const MANAGER = /^cluster_manager\.(?!cds\.|warming|update_duration)/
/** Counters of response codes begin anew with a new cluster in Envoy, see docs/differences.md. */
const TRAFFIC = /\.(?:upstream_cx_(?:total|active|destroy)|upstream_rq_(?:total|active)|membership_\w+)$/

async function noteStats(side: Side, name: string, cluster: string): Promise<void> {
  await Bun.sleep(150)
  const all = Object.entries(await side.stats()).filter(
    ([stat, value]) =>
      value !== '0' && (MANAGER.test(stat) || (stat.startsWith(`cluster.${cluster}.`) && TRAFFIC.test(stat))),
  )
  side.note(name, Object.fromEntries(all))
}

async function noteHosts(side: Side, name: string, cluster: string): Promise<void> {
  const text = masked(await side.proxy.admin('/clusters'), side.places)
  side.note(
    name,
    text
      .split('\n')
      .filter((line) => line.startsWith(`${cluster}::`) && !/rq_|cx_total|success_rate|zone|region/.test(line))
      .toSorted(),
  )
}

/** A request that lasts from before `change` until after it, and one after that. */
async function across(side: Side, name: string, path: string, change: () => Promise<void>): Promise<void> {
  using client = await side.connect('front')
  client.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nx-do: sleep=900;ok\r\n\r\n`)
  await Bun.sleep(120)
  await change()
  const [later] = await side.exchange('front', `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
  await client.until(/\r\n\r\n(?:ok\n)?/).catch(() => undefined)
  side.note(name, [client.received(), later?.status, later?.body])
}

const LOG = '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_HOST%'

/** One after the other; undefined removes the cluster. */
const VERSIONS: Readonly<Record<string, (ports: readonly number[]) => object | undefined>> = {
  first: ([app]) => staticCluster('cds', [app!]),
  same: ([app]) => staticCluster('cds', [app!]),
  'another timeout': ([app]) => staticCluster('cds', [app!], { connect_timeout: '3s' }),
  'another host': ([, other]) => staticCluster('cds', [other!], { connect_timeout: '3s' }),
  'another limit': ([, other]) =>
    staticCluster('cds', [other!], { circuit_breakers: { thresholds: [{ max_requests: 0 }] } }),
  'another policy': ([, other]) => staticCluster('cds', [other!], { lb_policy: 'RING_HASH' }),
  metadata: ([, other]) =>
    staticCluster('cds', [other!], { lb_policy: 'RING_HASH', metadata: { filter_metadata: { a: { b: 'c' } } } }),
  'another name for stats': ([, other]) => staticCluster('cds', [other!], { alt_stat_name: 'called' }),
  'no hosts': () => staticCluster('cds', []),
  gone: () => undefined,
  again: ([app]) => staticCluster('cds', [app!]),
}

differential('clusters that are replaced while requests are under way', {
  faulty: ['app', 'other'],
  prepare: (folder) => moved(folder, 'cds.json', { resources: [] }),
  bootstrap: () => ({
    node: { id: 'node', cluster: 'nodes' },
    dynamic_resources: { cds_config: { path_config_source: { path: '{folder}/cds.json' } } },
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [routeTo('cds', '/')],
          table: { validate_clusters: false },
          extra: { access_log: [fileLog('access.log', textFormat(LOG))] },
        }),
      ],
    },
  }),
  traffic: async (side) => {
    const ports = [portOf(side, 'app'), portOf(side, 'other')]
    let updates = 1
    for (const [name, version] of Object.entries(VERSIONS)) {
      await across(side, name, `/${name.replaceAll(' ', '-')}`, async () => {
        const cluster = version(ports)
        moved(side.proxy.folder, 'cds.json', clusters(...(cluster === undefined ? [] : [cluster])))
        await until(side, ++updates, 'cluster_manager.cds.update_success')
      })
      await noteStats(side, `stats: ${name}`, 'cds')
      await noteHosts(side, `hosts: ${name}`, 'cds')
    }
    await side.noteLog('access.log', 2 * Object.keys(VERSIONS).length)
  },
  stats: /^cluster_manager\.(?:cluster_\w+|active_clusters|warming_clusters|cds\.update_\w+)$/,
  volatile: /duration|time$/,
})

const HOSTS: Readonly<Record<string, (ports: readonly number[]) => readonly [readonly Endpoint[], object?]>> = {
  first: ([app]) => [[{ port: app! }]],
  same: ([app]) => [[{ port: app! }]],
  'another weight': ([app]) => [[{ port: app!, more: { load_balancing_weight: 7 } }]],
  'other metadata': ([app]) => [
    [{ port: app!, more: { metadata: { filter_metadata: { 'envoy.lb': { canary: true } } } } }],
  ],
  degraded: ([app]) => [[{ port: app!, more: { health_status: 'DEGRADED' } }]],
  unhealthy: ([app]) => [[{ port: app!, more: { health_status: 'UNHEALTHY' } }]],
  'healthy again': ([app]) => [[{ port: app! }]],
  'another host': ([, other]) => [[{ port: other! }]],
  draining: ([, other]) => [[{ port: other!, more: { health_status: 'DRAINING' } }]],
  'no host': () => [[]],
  back: ([app]) => [[{ port: app! }]],
  'another overprovisioning': ([app]) => [[{ port: app! }], { policy: { overprovisioning_factor: 150 } }],
}

const EDS: Readonly<Record<string, object>> = {
  plain: {},
  'closing-with-health': { close_connections_on_host_health_failure: true },
}
const EDS_NAMES = Object.keys(EDS)

differential('hosts that change while requests are under way', {
  faulty: ['app', 'other'],
  prepare: (folder) => {
    for (const name of EDS_NAMES) moved(folder, `${name}.json`, assignment(name, []))
  },
  bootstrap: () => ({
    node: { id: 'node', cluster: 'nodes' },
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: EDS_NAMES.map((name) => routeTo(name, `/${name}/`)),
          extra: { access_log: [fileLog('access.log', textFormat(LOG))] },
        }),
      ],
      clusters: Object.entries(EDS).map(([name, more]) => ({
        name,
        type: 'EDS',
        connect_timeout: '1s',
        eds_cluster_config: { eds_config: { path_config_source: { path: `{folder}/${name}.json` } } },
        ...more,
      })),
    },
  }),
  traffic: async (side) => {
    const ports = [portOf(side, 'app'), portOf(side, 'other')]
    let updates = 1
    for (const [version, of] of Object.entries(HOSTS)) {
      updates++
      const change = async (name: string): Promise<void> => {
        await across(side, `${name}: ${version}`, `/${name}/${version.replaceAll(' ', '-')}`, async () => {
          moved(side.proxy.folder, `${name}.json`, assignment(name, ...of(ports)))
          await until(side, updates, `cluster.${name}.update_success`)
        })
        await noteStats(side, `${name} stats: ${version}`, name)
        await noteHosts(side, `${name} hosts: ${version}`, name)
      }
      await Promise.all(EDS_NAMES.map(change))
    }
    const count = 2 * EDS_NAMES.length * Object.keys(HOSTS).length
    await side.logLines('access.log', count)
    side.note(
      'access.log',
      (await side.logLines('access.log', count)).map((line) => masked(line, side.places)).toSorted(),
    )
  },
  stats: /^cluster\.(?:plain|closing-\w+-\w+)\.(?:update_\w+|membership_\w+|upstream_rq_\w+)$/,
  volatile: /duration|time$/,
})

const NAMES = ['a', 'b', 'c']

/** Who answers a request with this key, and how. */
async function ask(side: Side, path: string, key: string, order = ''): Promise<string> {
  const counts = NAMES.map((name) => side.seenBy(name).length)
  const more = order === '' ? '' : `x-do: ${order}\r\n`
  const [reply] = await side.exchange('front', `GET ${path} HTTP/1.1\r\nhost: a\r\nx-key: ${key}\r\n${more}\r\n`)
  return `${NAMES.filter((name, i) => side.seenBy(name).length > counts[i]!).join('')} ${reply?.status.split(' ')[1]}`
}

/** A key for each host. */
async function keysOf(side: Side, path: string): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, string>()
  for (let i = 0; keys.size < NAMES.length && i < 100; i++) {
    const host = (await ask(side, path, `key-${i}`))[0]!
    if (!keys.has(host)) keys.set(host, `key-${i}`)
  }
  return keys
}

const WINDOWS: Readonly<Record<string, object>> = {
  default: { update_merge_window: '3s' },
  none: { update_merge_window: '0s' },
}

differential('changes of health are gathered, all but the first', {
  backends: NAMES,
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: Object.keys(WINDOWS).map((name) =>
            routeTo(name, `/${name}/`, { hash_policy: [{ header: { header_name: 'x-key' } }] }),
          ),
        }),
      ],
      clusters: Object.entries(WINDOWS).map(([name, common_lb_config]) => ({
        ...staticCluster(name, [], {
          lb_policy: 'RING_HASH',
          common_lb_config: { ...common_lb_config, healthy_panic_threshold: { value: 0 } },
          outlier_detection: {
            consecutive_5xx: 2,
            interval: '60s',
            base_ejection_time: '60s',
            max_ejection_percent: 100,
          },
        }),
        load_assignment: {
          cluster_name: name,
          endpoints: [
            {
              lb_endpoints: NAMES.map((backend) => ({
                metadata: { filter_metadata: { 'envoy.lb': { hash_key: backend } } },
                endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port(backend) } } },
              })),
            },
          ],
        },
      })),
    },
  }),
  traffic: async (side) => {
    for (const name of Object.keys(WINDOWS)) {
      const path = `/${name}/`
      const keys = await keysOf(side, path)
      const fail = async (host: string): Promise<void> => {
        for (let i = 0; i < 2; i++) await ask(side, path, keys.get(host)!, 'status=500')
        await Bun.sleep(80)
      }
      const all = async (when: string): Promise<void> => {
        const answers: string[] = []
        for (const host of NAMES) answers.push(await ask(side, path, keys.get(host)!))
        const stats = await side.stats()
        side.note(`${name} ${when}`, [answers, stats[`cluster.${name}.membership_healthy`]])
      }
      await all('at first')
      await fail('a')
      await all('a is out')
      await fail('b')
      await all('b is out, which may not be known yet')
      await Bun.sleep(name === 'default' ? 3200 : 100)
      await all('b is out')
    }
  },
  stats:
    /^cluster_manager\.(?:cluster_updated|cluster_updated_via_merge|update_\w*merge\w*)$|^cluster\.\w+\.membership/,
})
