/* Records for a Fluentd server: the bytes that it gets, and what counts when it is not there or goes away. */
import { direct, httpListener, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const LOGGER = 'type.googleapis.com/envoy.extensions.access_loggers.fluentd.v3.FluentdAccessLogConfig'

const logger = (cluster: string, stat_prefix: string, config: object): object => ({
  name: 'fluentd',
  typed_config: { '@type': LOGGER, cluster, tag: 'the.tag', stat_prefix, record: { a: 'b' }, ...config },
})

const RECORD = {
  code: '%RESPONSE_CODE%',
  none: '%REQ(none)%',
  path: '%REQ(:path)%',
  mixed: 'x%RESPONSE_CODE%',
  '': '',
  '%REQ(:path)%': 1,
  yes: true,
  nothing: null,
  numbers: [0, 1, -1, 127, 128, 255, 256, 65_535, 65_536, -32, -33, -128, -129, -32_769, 2_147_483_647, 1.5],
  large: ['%TYPED_CEL(9223372036854775807)%', '%TYPED_CEL(-9223372036854775807)%', '%TYPED_CEL(1234567890123456789)%'],
  fractions: ['%TYPED_CEL(1.5)%', '%TYPED_CEL(0.1)%', '%TYPED_CEL(5000000000)%', '%TYPED_CEL(18446744073709551615u)%'],
  list: ['%REQ(:path)%', {}, []],
  object: { z: 'é', é: '%REQ(x-bytes)%', a: { b: '%REQ(none)%' } },
  long: 'x'.repeat(40),
  longer: 'y'.repeat(300),
  many: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, i])),
}

const received = (side: Side): string => Buffer.from(side.receivedBy('fluentd').join(''), 'latin1').toString('hex')

async function traffic(side: Side): Promise<void> {
  let bytes = 0
  for (const path of ['/first', '/second', '/third']) {
    await side.request(path, 'front', `GET ${path}`, `x-bytes: ${Buffer.from([0xc3, 0xa9]).toString('latin1')}"\\`)
    const limit = performance.now() + 3000
    while (received(side).length === bytes && performance.now() < limit) await Bun.sleep(20)
    bytes = received(side).length
  }
  side.note('events', received(side).replaceAll(/92ce[0-9a-f]{8}/g, '92<time>'))
  await Bun.sleep(1500)
}

differential('records for a Fluentd server', {
  faulty: ['fluentd'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [direct('/', 'hello')],
          extra: {
            access_log: [
              logger('fluentd', 'all', { record: RECORD, buffer_size_bytes: 1 }),
              logger('dead', 'dead', {
                buffer_flush_interval: '0.1s',
                retry_options: { max_connect_attempts: 3, backoff_options: { base_interval: '0.01s' } },
              }),
              logger('empty', 'empty', {
                buffer_size_bytes: 1,
                retry_options: { max_connect_attempts: 1 },
              }),
            ],
          },
        }),
      ],
      clusters: [staticCluster('fluentd', [port('fluentd')]), staticCluster('dead', [1]), staticCluster('empty', [])],
    },
  }),
  stats: /^access_logs\.fluentd\.(?:all|empty)|cx_connect_attempts_exceeded|^access_logs\.fluentd\.dead\.(?:conn|ev)/,
  traffic,
})
