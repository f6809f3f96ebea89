/* Who the client is by original_ip_detection_extensions, and headers that change before anybody looks at them. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'

const EXTENSIONS = 'type.googleapis.com/envoy.extensions.http'

const xff = (config: object = {}): object => ({
  name: 'xff',
  typed_config: { '@type': `${EXTENSIONS}.original_ip_detection.xff.v3.XffConfig`, ...config },
})

const header = (config: object = {}): object => ({
  name: 'header',
  typed_config: {
    '@type': `${EXTENSIONS}.original_ip_detection.custom_header.v3.CustomHeaderConfig`,
    header_name: 'X-Real-Ip',
    ...config,
  },
})

const ranges = (...texts: readonly string[]): object => ({
  cidrs: texts.map((text) => ({ address_prefix: text.split('/')[0], prefix_len: Number(text.split('/')[1]) })),
})

const MINE = ranges('127.0.0.0/8', '10.0.0.0/8')

const DETECTORS: Readonly<Record<string, readonly object[]>> = {
  both: [header({ allow_extension_to_set_address_as_trusted: true }), xff({ xff_trusted_cidrs: MINE })],
  stranger: [
    xff({ xff_trusted_cidrs: ranges('10.0.0.0/8') }),
    xff({ skip_xff_append: false, xff_num_trusted_hops: 1 }),
  ],
  appending: [xff({ skip_xff_append: false }), header()],
  hops: [xff({ xff_num_trusted_hops: 1 })],
  strict: [header({ reject_with_status: { code: 'ServiceUnavailable' } })],
  forbidding: [header({ reject_with_status: { code: 'OK' } })],
}

const REQUESTS: readonly (readonly string[])[] = [
  [],
  ['x-real-ip: 8.8.8.8'],
  ['x-real-ip: 192.168.1.1', 'x-forwarded-for: 1.1.1.1'],
  ['x-real-ip: ::1'],
  ['x-real-ip: 8.8.8.8:80'],
  ['x-real-ip: nonsense'],
  ['x-forwarded-for: 1.1.1.1'],
  ['x-forwarded-for: 192.168.1.1'],
  ['x-forwarded-for: 5.5.5.5, 1.1.1.1,10.0.0.1'],
  ['x-forwarded-for: 10.0.0.2,10.0.0.1'],
  ['x-forwarded-for: 1.1.1.1', 'x-forwarded-for: 10.0.0.1'],
  ['x-forwarded-for: ,10.1.1.1'],
  ['x-forwarded-for: 1.1.1.1 ,zz'],
]

const log = (name: string): object =>
  fileLog(name, textFormat('%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'))

differential('original IP detection', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: Object.entries(DETECTORS).map(([name, detectors]) =>
        httpListener(name, {
          statPrefix: name,
          extra: {
            original_ip_detection_extensions: detectors,
            internal_address_config: { cidr_ranges: [{ address_prefix: '192.168.0.0', prefix_len: 16 }] },
            access_log: [log(`${name}.log`)],
          },
        }),
      ),
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  stats: /rejected_via_ip_detection/,
  traffic: async (side) => {
    for (const name of Object.keys(DETECTORS)) {
      for (const [i, headers] of REQUESTS.entries()) await side.request(`${name} ${i}`, name, 'GET /', ...headers)
      await side.noteLog(`${name}.log`, REQUESTS.length)
    }
    side.noteSeen('app')
  },
})

const MUTATIONS = [
  { append: { header: { key: 'x-forwarded-for', value: '192.168.0.1' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' } },
  { append: { header: { key: 'connection', value: 'x-hop' } } },
  { append: { header: { key: 'x-envoy-retry-on', value: '5xx' } } },
  { append: { header: { key: 'x-seen', value: '%REQ(x-b)% %REQ(:PATH)% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%' } } },
  { append: { header: { key: 'x-one', value: '1' }, append_action: 'ADD_IF_ABSENT' } },
  { append: { header: { key: 'x-two', value: '2' }, append_action: 'OVERWRITE_IF_EXISTS' } },
  { append: { header: { key: 'x-three', value: '%REQ(nope)%' } } },
  { append: { header: { key: 'x-four', value: '%REQ(nope)%' }, keep_empty_value: true } },
  { append: { header: { key: 'x-two', value: '%REQ(x-one)%' } } },
  { remove: 'X-Gone' },
  { remove_on_match: { key_matcher: { prefix: 'x-pre' } } },
]

differential('early header mutation', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            {
              ...direct('/', 'by an early header'),
              match: { prefix: '/', headers: [{ name: 'x-four', string_match: { exact: '' } }, { name: 'x-direct' }] },
            },
            routeTo('app'),
          ],
          extra: {
            early_header_mutation_extensions: [
              {
                name: 'first',
                typed_config: {
                  '@type': `${EXTENSIONS}.early_header_mutation.header_mutation.v3.HeaderMutation`,
                  mutations: MUTATIONS,
                },
              },
              {
                name: 'second',
                typed_config: {
                  '@type': `${EXTENSIONS}.early_header_mutation.header_mutation.v3.HeaderMutation`,
                  mutations: [{ append: { header: { key: 'x-five', value: '%REQ(x-two)% %REQ(x-seen)%' } } }],
                },
              },
            ],
            access_log: [log('access.log')],
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  traffic: async (side) => {
    await side.request('plain', 'front', 'GET /a')
    await side.request(
      'with headers',
      'front',
      'GET /a?b',
      'x-b: v',
      'x-one: 0',
      'x-two: 0',
      'x-gone: 1',
      'x-pre-a: 1',
      'x-pre: 2',
    )
    await side.request('routed', 'front', 'GET /', 'x-direct: 1')
    await side.request('refused before', 'front', 'GET /#x', 'x-b: v')
    side.noteSeen('app')
    await side.noteLog('access.log', 4)
  },
})
