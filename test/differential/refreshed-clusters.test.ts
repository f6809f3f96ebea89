/* Retries that choose their cluster anew (refresh_cluster_on_retry). */
import { httpListener, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const SPECIFIER = 'type.googleapis.com/envoy.extensions.router.cluster_specifiers.matcher.v3'

function retries(count: number): object {
  const backOff = { base_interval: '0.001s', max_interval: '0.001s' }
  const policy = { retry_on: '5xx,connect-failure', num_retries: count, refresh_cluster_on_retry: true }
  return { retry_policy: { ...policy, retry_back_off: backOff } }
}

function weighted(prefix: string, count: number, weights: Readonly<Record<string, number>>, more: object = {}): object {
  const clusters = Object.entries(weights).map(([name, weight]) => ({
    name,
    weight,
    response_headers_to_add: [{ header: { key: 'x-of', value: name } }],
    request_headers_to_add: [{ header: { key: 'x-to', value: name } }],
  }))
  const choice = { weighted_clusters: { clusters, header_name: 'x-pick', ...more } }
  return { match: { prefix }, route: { ...choice, ...retries(count) } }
}

function toCluster(cluster: string): object {
  return { action: { name: 'a', typed_config: { '@type': `${SPECIFIER}.ClusterAction`, cluster } } }
}

/** By the number of the attempt before, which the request carries. */
function specified(prefix: string, byAttempt: Readonly<Record<string, string>>): object {
  const input = {
    name: 'i',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput',
      header_name: 'x-envoy-attempt-count',
    },
  }
  const matchers = Object.entries(byAttempt).map(([attempt, cluster]) => ({
    predicate: { single_predicate: { input, value_match: { exact: attempt } } },
    on_match: toCluster(cluster),
  }))
  const cluster_matcher = { matcher_list: { matchers }, on_no_match: toCluster('a') }
  const typed_config = { '@type': `${SPECIFIER}.MatcherClusterSpecifier`, cluster_matcher }
  const specifier = { inline_cluster_specifier_plugin: { extension: { name: 'm', typed_config } } }
  return { match: { prefix }, route: { ...specifier, ...retries(2) } }
}

const PICKS = [0, 10, 49, 50, 79, 80, 99, 150]

differential('refreshed clusters', {
  backends: ['a', 'b', 'c'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            weighted('/two', 1, { a: 50, b: 50 }),
            weighted('/three', 7, { a: 50, b: 30, c: 20 }),
            weighted('/nothing', 2, { a: 100, b: 0 }),
            weighted('/gone', 1, { a: 50, gone: 50 }),
            weighted('/tight', 2, { a: 50, tight: 50 }),
            weighted('/dead', 2, { dead: 50, a: 50 }),
            specified('/specified', { 1: 'b', 2: 'gone' }),
            specified('/again', { 2: 'b' }),
            { match: { prefix: '/header' }, route: { cluster_header: 'x-to', ...retries(2) } },
          ],
          table: { validate_clusters: false },
          virtualHost: {
            include_request_attempt_count: true,
            virtual_clusters: [{ name: 'all', headers: [{ name: ':path', string_match: { prefix: '/' } }] }],
          },
          extra: { access_log: [fileLog('access.log', textFormat(OUTCOME))] },
        }),
      ],
      clusters: [
        ...['a', 'b', 'c'].map((name) => staticCluster(name, [port(name)])),
        staticCluster('tight', [port('c')], { circuit_breakers: { thresholds: [{ max_retries: 0 }] } }),
        staticCluster('dead', [1]),
      ],
    },
  }),
  stats:
    /^cluster\.(?:a|b|c|tight|dead)\.(?:upstream_rq_(?:total|retry.*|[25]xx|503|completed)|retry.*|external.*xx)$|no_cluster$|\.rq_total|vcluster/,
  traffic: async (side) => {
    let lines = 0
    const ask = async (path: string, order: string, ...more: readonly string[]) => {
      await side.request(`${lines++} ${path}`, 'front', `GET ${path}`, `x-do: ${order}`, ...more)
    }
    await ask('/two', 'status=503', 'x-pick: 0')
    await ask('/two/b', 'status=503', 'x-pick: 50')
    for (const pick of PICKS) await ask('/three', 'status=503', `x-pick: ${pick}`)
    await ask('/nothing', 'status=503', 'x-pick: 3')
    await ask('/gone', 'status=503', 'x-pick: 0')
    await ask('/tight', 'status=503', 'x-pick: 0')
    await ask('/tight', 'status=503', 'x-pick: 50')
    await ask('/dead', 'status=200', 'x-pick: 0')
    await ask('/specified', 'status=503')
    await ask('/again', 'status=503')
    await ask('/header', 'status=503', 'x-to: b')
    for (const backend of ['a', 'b', 'c']) side.noteSeen(backend)
    await side.noteLog('access.log', lines)
  },
})
