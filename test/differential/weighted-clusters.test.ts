/* Which of several clusters takes a request: numbers in a header, weights of the runtime, hashes, names in headers. */
import { httpListener, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const CLUSTERS = ['one', 'two', 'copy']
const pair = (one: number, two: number) => [
  { name: 'one', weight: one },
  { name: 'two', weight: two },
]
const weighted = (path: string, weights: object, route: object = {}) => ({
  match: { path },
  route: { weighted_clusters: weights, ...route },
})

const ROUTES = [
  weighted('/header', { header_name: 'X-W', clusters: pair(30, 70) }),
  ...['some', 'part', 'bad', 'frac'].map((key) =>
    weighted(`/${key}`, { header_name: 'x-w', runtime_key_prefix: key, clusters: pair(30, 70) }),
  ),
  weighted(
    '/hash',
    { use_hash_policy: true, clusters: pair(30, 70) },
    { hash_policy: [{ header: { header_name: 'x-k' } }] },
  ),
  weighted('/none', { header_name: 'x-w', clusters: pair(0, 1) }),
  weighted('/named', { header_name: 'x-w', clusters: [{ cluster_header: 'x-name', weight: 1 }] }),
  weighted('/large', { header_name: 'x-w', clusters: pair(4_294_967_294, 1) }),
  weighted(
    '/refreshed',
    { header_name: 'x-w', clusters: pair(1, 1) },
    {
      // What is left of a timeout is told to the backend.
      timeout: '0s',
      retry_policy: {
        retry_on: '5xx',
        num_retries: 3,
        refresh_cluster_on_retry: true,
        retry_back_off: { base_interval: '0.001s' },
      },
    },
  ),
  { match: { path: '/by-header' }, route: { cluster_header: 'X-Name', cluster_not_found_response_code: 'NOT_FOUND' } },
  {
    match: { path: '/by-path' },
    route: { cluster_header: ':path', cluster_not_found_response_code: 'INTERNAL_SERVER_ERROR' },
  },
  {
    match: { path: '/copied' },
    route: {
      cluster: 'one',
      request_mirror_policies: [
        { cluster_header: 'x-name', runtime_fraction: { runtime_key: 'some.two', default_value: { numerator: 0 } } },
        { cluster: 'copy' },
      ],
    },
  },
]

const NUMBERS = '0 29 30 99 100 130 007 +5 18446744073709551615 9007199254740993 000000000000000000031'.split(' ')

differential('clusters by weight, header and hash', {
  backends: CLUSTERS,
  bootstrap: (port) => ({
    layered_runtime: {
      layers: [
        {
          name: 's',
          static_layer: {
            'some.one': 1,
            'some.two': 9,
            'part.two': 5,
            'bad.one': 'abc',
            'frac.one': 2.7,
            'frac.two': 1,
          },
        },
      ],
    },
    static_resources: {
      listeners: [
        httpListener('front', { routes: ROUTES, extra: { access_log: [fileLog('access.log', textFormat(OUTCOME))] } }),
      ],
      clusters: CLUSTERS.map((name) => staticCluster(name, [port(name)])),
    },
  }),
  stats:
    /^(?:http\.ingress\.(?:no_cluster|rq_total)|cluster\.(?:one|two|copy)\..*upstream_rq_(?:total|retry|[2345]xx))/,
  traffic: async (side) => {
    let sent = 0
    const ask = async (path: string, ...headers: readonly string[]) => {
      // A copy may arrive later than the reply.
      await side.request(`${++sent} ${path} ${headers.join()}`, 'front', `GET ${path}`, ...headers, 'x-do: delay=20')
    }
    for (const number of NUMBERS) await ask('/header', `x-w: ${number}`)
    for (const key of ['/some', '/part', '/bad', '/frac']) {
      for (const number of [0, 1, 2, 3, 4, 9, 10, 29, 30, 34, 35, 65]) await ask(key, `x-w: ${number}`)
    }
    for (const key of 'abcdefgh') await ask('/hash', `x-k: ${key}`)
    await ask('/none', 'x-w: 0')
    for (const name of ['x-name: two', 'x-name: nobody', 'x-other: 1']) await ask('/named', 'x-w: 0', name)
    for (const number of ['4294967293', '4294967294', '4294967295', '0']) await ask('/large', `x-w: ${number}`)
    for (const number of [0, 1])
      await side.request(`refreshed ${number}`, 'front', 'GET /refreshed', `x-w: ${number}`, 'x-do: status=503')
    await ask('/by-header', 'x-name: one')
    await ask('/by-header', 'x-name: nobody')
    await ask('/by-header')
    await ask('/by-header', 'x-name: one', 'x-name: two')
    await ask('/by-header', 'x-name:')
    await ask('/by-path')
    for (const name of ['x-name: two', 'x-name: nobody', 'x-other: 1']) await ask('/copied', name)
    for (const name of CLUSTERS) side.noteSeen(name)
    await side.noteLog('access.log', sent + 2)
  },
})
