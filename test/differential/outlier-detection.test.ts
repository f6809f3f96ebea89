/* Outlier detection: which failures take a host out, for how long, what is logged and counted of it. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const detection = (settings: object): object => ({
  outlier_detection: { max_ejection_percent: 100, base_ejection_time: '60s', interval: '60s', ...settings },
})

/** Without times, and with ports by their order. */
const event = (line: string): unknown => {
  const { timestamp: _, upstream_url: url, ...rest } = JSON.parse(line) as Record<string, unknown>
  return { ...rest, host: typeof url }
}

const OUTLIER = /^cluster\.\w+\.(outlier_detection\.\w+|membership_(healthy|total|degraded|excluded))$/

const bootstrap = (clusters: (port: (backend: string) => number) => readonly object[], routes: readonly object[]) => {
  return (port: (backend: string) => number) => ({
    cluster_manager: { outlier_detection: { event_log_path: '{folder}/outlier.log' } },
    static_resources: { listeners: [httpListener('front', { routes: [...routes] })], clusters: clusters(port) },
  })
}

async function repeat(side: Side, times: number, path: string, ...headers: readonly string[]): Promise<void> {
  const statuses: string[] = []
  for (let i = 0; i < times; i++) {
    const lines = [`GET ${path} HTTP/1.1`, 'host: a.test', ...headers, '', '']
    const [reply] = await side.exchange('front', lines.join('\r\n'))
    statuses.push(reply?.status ?? 'none')
    // Each thread tells the main one, which tells the threads.
    await Bun.sleep(10)
  }
  side.note(`${path} ${headers.join()} ${times} (${Object.keys(side.notes).length})`, statuses)
}

const single = (port: (backend: string) => number, name: string, settings: object): object =>
  staticCluster(name, [port('app')], detection(settings))

differential('outliers: failures in a row', {
  backends: ['app'],
  bootstrap: bootstrap(
    (port) => [
      single(port, 'five', {}),
      single(port, 'gateway', {
        consecutive_gateway_failure: 3,
        enforcing_consecutive_gateway_failure: 100,
        consecutive_5xx: 50,
      }),
      single(port, 'quiet', { consecutive_5xx: 2, enforcing_consecutive_5xx: 0 }),
      single(port, 'few', { consecutive_5xx: 2, max_ejection_percent: 10 }),
      single(port, 'one', { consecutive_5xx: 2, max_ejection_percent: 10, always_eject_one_host: true }),
      single(port, 'slow', { consecutive_5xx: 2 }),
      single(port, 'grpc', { consecutive_5xx: 2 }),
      single(port, 'cut', { consecutive_5xx: 2 }),
      single(port, 'split', {
        consecutive_local_origin_failure: 2,
        split_external_local_origin_errors: true,
        consecutive_5xx: 3,
      }),
      staticCluster('dead', [1], detection({ consecutive_5xx: 2 })),
      staticCluster(
        'deadsplit',
        [1],
        detection({ consecutive_local_origin_failure: 2, split_external_local_origin_errors: true }),
      ),
    ],
    [
      routeTo('slow', '/slow', { timeout: '0.1s' }),
      ...['five', 'gateway', 'quiet', 'few', 'one', 'grpc', 'cut', 'split', 'deadsplit', 'dead'].map((name) =>
        routeTo(name, `/${name}`),
      ),
    ],
  ),
  traffic: async (side) => {
    await repeat(side, 4, '/five', 'x-do: status=500')
    await repeat(side, 1, '/five')
    await repeat(side, 5, '/five', 'x-do: status=503')
    await repeat(side, 2, '/gateway', 'x-do: status=502')
    await repeat(side, 1, '/gateway', 'x-do: status=500')
    await repeat(side, 3, '/gateway', 'x-do: status=504')
    await repeat(side, 5, '/quiet', 'x-do: status=500')
    await repeat(side, 2, '/few', 'x-do: status=500')
    await repeat(side, 2, '/one', 'x-do: status=500')
    await repeat(side, 2, '/slow', 'x-do: hang')
    await repeat(side, 2, '/grpc', 'content-type: application/grpc', 'x-do: header=grpc-status:14')
    await repeat(side, 2, '/cut', 'x-do: reset')
    await repeat(side, 2, '/split', 'x-do: reset')
    await repeat(side, 3, '/dead')
    await repeat(side, 3, '/deadsplit')
    await side.noteLog('outlier.log', 13, (line) => JSON.stringify(event(line)))
    await side.noteAdmin('/clusters', (text) =>
      text
        .split('\n')
        .filter((line) => /health_flags|success_rate/.test(line))
        .sort(),
    )
  },
  stats: OUTLIER,
})

differential('outliers: ejections end, and come again for longer', {
  backends: ['app'],
  bootstrap: bootstrap(
    (port) => [
      single(port, 'short', {
        consecutive_5xx: 2,
        base_ejection_time: '0.4s',
        interval: '0.1s',
        max_ejection_time: '1s',
      }),
    ],
    [routeTo('short')],
  ),
  traffic: async (side) => {
    for (const round of [1, 2]) {
      await repeat(side, 2, '/', 'x-do: status=500')
      await side.logLines('outlier.log', round * 2)
    }
    await side.noteLog('outlier.log', 4, (line) => JSON.stringify(event(line)))
  },
  stats: OUTLIER,
})

differential('outliers: hosts that call themselves degraded', {
  backends: ['app'],
  bootstrap: bootstrap(
    (port) => [
      single(port, 'one', { detect_degraded_hosts: true }),
      single(port, 'failing', { detect_degraded_hosts: true }),
      single(port, 'short', { detect_degraded_hosts: true, base_ejection_time: '0.3s', interval: '0.1s' }),
      single(port, 'off', {}),
    ],
    [routeTo('one', '/one'), routeTo('failing', '/failing'), routeTo('short', '/short'), routeTo('off')],
  ),
  traffic: async (side) => {
    await repeat(side, 3, '/one', 'x-do: header=x-envoy-degraded:false')
    await repeat(side, 2, '/failing', 'x-do: status=503;header=x-envoy-degraded:1')
    await repeat(side, 1, '/off', 'x-do: header=x-envoy-degraded:1')
    await repeat(side, 1, '/short', 'x-do: status=404;header=x-envoy-degraded:1')
    await side.noteLog('outlier.log', 3, (line) => JSON.stringify(event(line)))
    await side.noteAdmin('/clusters', (text) =>
      text
        .split('\n')
        .filter((line) => line.includes('health_flags'))
        .sort(),
    )
    await side.noteAdmin('/clusters?format=json', (text) => /"failed_degraded_outlier_detection":\s?true/.test(text))
  },
  stats: OUTLIER,
})

differential('outliers: what the runtime says', {
  backends: ['app'],
  bootstrap: (port) => ({
    ...bootstrap(
      (on) => [single(on, 'app', {}), single(on, 'split', { split_external_local_origin_errors: true })],
      [routeTo('split', '/split'), routeTo('app')],
    )(port),
    layered_runtime: {
      layers: [
        {
          name: 'static',
          static_layer: {
            outlier_detection: {
              consecutive_5xx: 2,
              consecutive_gateway_failure: 3,
              consecutive_local_origin_failure: 1,
              enforcing_consecutive_gateway_failure: 100,
              interval_ms: 100,
              base_ejection_time_ms: 200,
              max_ejection_time_ms: 300,
              max_ejection_percent: 100,
            },
          },
        },
        { name: 'admin', admin_layer: {} },
      ],
    },
  }),
  traffic: async (side) => {
    const set = (key: string, value: string) =>
      side.proxy.admin(`/runtime_modify?outlier_detection.${key}=${value}`, 'POST')
    await repeat(side, 2, '/', 'x-do: status=500')
    await side.logLines('outlier.log', 2)
    await repeat(side, 1, '/split', 'x-do: reset')
    await side.logLines('outlier.log', 4)
    await set('enforcing_consecutive_5xx', '0')
    await Bun.sleep(50)
    await repeat(side, 2, '/', 'x-do: status=500')
    await set('enforcing_consecutive_5xx', '100')
    await set('max_ejection_percent', '0')
    await Bun.sleep(50)
    await repeat(side, 2, '/', 'x-do: status=500')
    await side.noteLog('outlier.log', 5, (line) => JSON.stringify(event(line)))
  },
  stats: OUTLIER,
})

const rates = { success_rate_minimum_hosts: 3, success_rate_request_volume: 3, consecutive_5xx: 1000, interval: '1.5s' }

differential('outliers: success rates and failure percentages', {
  backends: ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh'],
  bootstrap: bootstrap(
    (port) => {
      const ports = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh'].map(port)
      const percentage = {
        ...rates,
        enforcing_success_rate: 0,
        enforcing_failure_percentage: 100,
        failure_percentage_minimum_hosts: 2,
        failure_percentage_request_volume: 3,
      }
      return [
        staticCluster('rate', [...ports, 1], detection(rates)),
        staticCluster(
          'split',
          [...ports, 1],
          detection({ ...rates, split_external_local_origin_errors: true, consecutive_local_origin_failure: 1000 }),
        ),
        staticCluster('percent', [...ports, 1], detection(percentage)),
      ]
    },
    [routeTo('rate', '/rate'), routeTo('split', '/split'), routeTo('percent', '/percent')],
  ),
  traffic: async (side) => {
    for (const name of ['rate', 'split', 'percent']) {
      for (let i = 0; i < 56; i++) await side.exchange('front', `GET /${name} HTTP/1.1\r\nhost: a\r\n\r\n`)
    }
    const lines = await side.logLines('outlier.log', 5)
    const enforced = lines.map(event).filter((each) => (each as { enforced: boolean }).enforced)
    side.note('ejected', enforced.map((each) => JSON.stringify(each)).sort())
    await side.noteAdmin('/clusters', (text) =>
      text
        .split('\n')
        .filter((line) => line.includes('health_flags'))
        .sort(),
    )
  },
  stats: /^cluster\.\w+\.outlier_detection\.(ejections_active|ejections_enforced_\w+)$/,
})
