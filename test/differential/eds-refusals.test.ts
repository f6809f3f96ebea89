/* Assignments by EDS that are odd or wrong: which of them are taken, and what the cluster has afterwards. */
import { httpListener, routeTo } from '../support/configs.ts'
import { eventually, fileSource, NODE, writeResources } from '../support/dynamic-files.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const at = (address: string, more: object = {}, port = 80): object => ({
  endpoint: { address: { socket_address: { address, port_value: port } }, ...more },
})
const place = (zone: string, hosts: readonly object[], more: object = {}): object => ({
  locality: { zone },
  lb_endpoints: hosts,
  ...more,
})
const assignment = (endpoints: readonly object[], more: object = {}): object => ({
  cluster_name: 'service',
  endpoints,
  ...more,
})

const GOOD = assignment([place('a', [at('127.0.0.1'), at('127.0.0.2')])])
const BIG = 4_294_967_295

const STEPS: Readonly<Record<string, readonly object[]>> = {
  good: [GOOD],
  'a name': [assignment([place('a', [at('service.test')])])],
  'good again': [GOOD],
  'no address': [assignment([place('a', [{ endpoint: {} }])])],
  'another cluster': [{ ...GOOD, cluster_name: 'cluster' }],
  'no name': [{ ...GOOD, cluster_name: '' }],
  'two resources': [GOOD, { ...GOOD, cluster_name: 'another' }],
  'twice the same': [GOOD, GOOD],
  'no resource': [],
  'no endpoints': [assignment([])],
  'a gap between priorities': [assignment([place('a', [at('127.0.0.3')], { priority: 3 })])],
  'a priority too high': [assignment([place('a', [at('127.0.0.3')], { priority: 129 })])],
  'good for a third time': [GOOD],
  'one place twice': [assignment([place('a', [at('127.0.0.1')]), place('a', [at('127.0.0.2')])])],
  'one host in two places': [assignment([place('a', [at('127.0.0.1')]), place('b', [at('127.0.0.1')])])],
  'one host in two priorities': [
    assignment([place('a', [at('127.0.0.1')]), place('a', [at('127.0.0.1')], { priority: 1 })]),
  ],
  'weights too large': [
    assignment([
      place('a', [
        { ...at('127.0.0.1'), load_balancing_weight: BIG },
        { ...at('127.0.0.2'), load_balancing_weight: BIG },
      ]),
    ]),
  ],
  'places too heavy': [
    assignment([
      place('a', [at('127.0.0.1')], { load_balancing_weight: BIG }),
      place('b', [at('127.0.0.2')], { load_balancing_weight: BIG }),
    ]),
  ],
  'a weight of none': [assignment([place('a', [{ ...at('127.0.0.4'), load_balancing_weight: 0 }])])],
  'named, with metadata': [
    assignment([
      place('a', [
        {
          ...at('127.0.0.4', {
            hostname: 'four.test',
            health_check_config: { port_value: 8080, hostname: 'check.test' },
          }),
          metadata: { filter_metadata: { 'envoy.lb': { canary: true, version: '1' } } },
          load_balancing_weight: 7,
        },
      ]),
    ]),
  ],
  'another name': [assignment([place('a', [at('127.0.0.4', { hostname: 'quatre.test' })])])],
  'IPv6 and pipes': [
    assignment([place('a', [at('::1'), { endpoint: { address: { pipe: { path: '/tmp/nobody.sock' } } } }])]),
  ],
  'more addresses': [
    assignment([
      place('a', [
        at('127.0.0.5', {
          additional_addresses: [{ address: { socket_address: { address: '::1', port_value: 80 } } }],
        }),
      ]),
    ]),
  ],
  'names among them': [assignment([place('a', [at('127.0.0.1')])], { named_endpoints: { x: {} } })],
  'dropping more than all': [
    assignment([place('a', [at('127.0.0.1')])], {
      policy: { drop_overloads: [{ category: 'x', drop_percentage: { numerator: 300 } }] },
    }),
  ],
  'dropping twice': [
    assignment([place('a', [at('127.0.0.1')])], {
      policy: {
        drop_overloads: [
          { category: 'x', drop_percentage: { numerator: 1 } },
          { category: 'y', drop_percentage: { numerator: 1 } },
        ],
      },
    }),
  ],
  'overprovisioned by nothing': [
    assignment([place('a', [at('127.0.0.1')])], { policy: { overprovisioning_factor: 0 } }),
  ],
  'at the end': [GOOD],
}

const SHOWN = /::(?:hostname|health_flags|weight|zone|priority|canary)::/
const STATS =
  /^cluster\.eds\.(?:update_(?:attempt|success|rejected|failure|empty|no_rebuild)|membership_\w+|max_host_weight|assignment_\w+)$/

async function note(side: Side, step: string): Promise<void> {
  const lines = (await side.proxy.admin('/clusters')).split('\n').filter((line) => SHOWN.test(line))
  side.note(`${step}: hosts`, lines.sort())
  const stats = Object.entries(await side.stats()).filter(([name]) => STATS.test(name))
  side.note(`${step}: stats`, Object.fromEntries(stats))
}

differential('assignments that are odd or wrong', {
  prepare: (folder) => writeResources(folder, 'eds.json', 'endpoints', [GOOD], '0'),
  bootstrap: () => ({
    node: NODE,
    static_resources: {
      listeners: [httpListener('front', { routes: [routeTo('eds')] })],
      clusters: [
        {
          name: 'eds',
          type: 'EDS',
          eds_cluster_config: { service_name: 'service', eds_config: fileSource('eds.json') },
        },
      ],
    },
  }),
  traffic: async (side) => {
    let version = 0
    const attempts = async () => {
      const stats = await side.stats()
      return ['success', 'rejected', 'failure'].reduce(
        (sum, kind) => sum + Number(stats[`cluster.eds.update_${kind}`]),
        0,
      )
    }
    for (const [step, resources] of Object.entries(STEPS)) {
      const before = await attempts()
      writeResources(side.proxy.folder, 'eds.json', 'endpoints', resources, String(++version))
      await eventually(step, async () => (await attempts()) > before).catch(() => side.note(`${step}: nothing`, true))
      await Bun.sleep(30)
      await note(side, step)
    }
  },
})
