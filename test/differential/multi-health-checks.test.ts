/* Several health checks of a cluster, and one with a name: flags of hosts, counts, and what waits for whom. */
import { httpListener, routeTo } from '../support/configs.ts'
import { differential } from './support/differential.ts'

const http = (name: string, order = '', more: object = {}): object => ({
  ...(name === '' ? {} : { name }),
  timeout: '5s',
  interval: '0.2s',
  no_traffic_interval: '0.2s',
  healthy_threshold: 1,
  unhealthy_threshold: 2,
  http_health_check: {
    path: `/${name}`,
    ...(order === '' ? {} : { request_headers_to_add: [{ header: { key: 'x-do', value: order } }] }),
  },
  ...more,
})
const tcp = (name: string): object => ({
  name,
  timeout: '5s',
  interval: '0.2s',
  no_traffic_interval: '0.2s',
  healthy_threshold: 1,
  unhealthy_threshold: 2,
  tcp_health_check: {},
})

const CASES: Readonly<Record<string, readonly object[]>> = {
  named: [http('own.name')],
  both: [http('a'), tcp('b')],
  'first-fails': [http('a', 'status=500'), tcp('b')],
  'last-fails': [tcp('a'), http('b', 'status=500')],
  'comes-back': [http('a', 'fail=2'), http('b')],
  degraded: [http('a', 'header=x-envoy-degraded:1'), http('b')],
  'degraded-and-failing': [http('a', 'header=x-envoy-degraded:1'), http('b', 'status=500')],
  hangs: [http('a', 'hang', { timeout: '0.4s' }), http('b')],
  immediate: [http('a'), http('b', 'status=503;header=x-envoy-immediate-health-check-fail:1')],
  three: [http('a'), http('b'), http('c', 'reset')],
}

const COUNTERS = ['attempt', 'success', 'failure', 'network_failure', 'passive_failure', 'verify_cluster']

differential('health checks: several of a cluster', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [httpListener('front', { routes: [routeTo('both')] })],
      clusters: Object.entries(CASES).map(([name, checks]) => ({
        name,
        connect_timeout: '1s',
        health_checks: checks,
        load_assignment: {
          cluster_name: name,
          endpoints: [
            {
              lb_endpoints: [
                { endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port('app') } } } },
              ],
            },
          ],
        },
      })),
    },
  }),
  traffic: async (side) => {
    await Bun.sleep(2000)
    const stats = await side.stats()
    const shown = Object.entries(stats).filter(([name]) => /\.(?:health_check|membership)/.test(name))
    side.note(
      'stats',
      Object.fromEntries(
        shown.map(([name, value]) => [
          name,
          COUNTERS.some((counter) => name.endsWith(`.${counter}`)) ? Number(value) > 0 : value,
        ]),
      ),
    )
    await side.noteAdmin('/clusters', (text) =>
      text
        .split('\n')
        .filter((line) => line.includes('health_flags'))
        .sort(),
    )
  },
})
