/** /stats and /stats/prometheus; the renderings are the statistics room's. */
import { compileSearch } from '../compile-search.ts'
import type { AdminCluster, AdminStats } from '../admin-deps.ts'
import type { AdminEndpoint, AdminParam, AdminRequest, AdminResponse } from '../admin-endpoint.ts'
import { html, jsonText, text } from '../admin-endpoint.ts'
import { endpointNumbers } from '../endpoint-numbers.ts'
import { statsPage } from '../stats-page.ts'
import { renderJson } from '../../stats/render/json.ts'
import { parseStatsQuery } from '../../stats/render/parse-query.ts'
import { renderPrometheus } from '../../stats/render/prometheus.ts'
import type { StatsQuery } from '../../stats/render/stats-query.ts'
import { renderText } from '../../stats/render/text.ts'

const USED_ONLY: AdminParam = {
  name: 'usedonly',
  help: 'Only include stats that have been written by system since restart',
  flag: true,
}
const FILTER: AdminParam = { name: 'filter', help: 'Regular expression (Google re2) for filtering stats' }
const INVERT: AdminParam = { name: 'invert_filter', help: 'Invert the filter regex', flag: true }
const STATS_PARAMS: readonly AdminParam[] = [
  USED_ONLY,
  FILTER,
  INVERT,
  { name: 'format', help: 'Format to use', choices: ['html', 'active-html', 'text', 'json'] },
  {
    name: 'type',
    help: 'Stat types to include.',
    choices: ['All', 'Counters', 'Histograms', 'Gauges', 'TextReadouts'],
  },
  {
    name: 'histogram_buckets',
    help: 'Histogram bucket display mode',
    choices: ['cumulative', 'disjoint', 'detailed', 'summary'],
  },
]

type Clusters = () => readonly AdminCluster[]

export function statsEndpoint(stats: AdminStats, clusters: Clusters): AdminEndpoint {
  return {
    path: '/stats',
    help: 'print server stats',
    mutates: false,
    params: STATS_PARAMS,
    handle: async (request) => show(stats, clusters, request, false),
  }
}

export function prometheusEndpoint(stats: AdminStats, clusters: Clusters): AdminEndpoint {
  return {
    path: '/stats/prometheus',
    help: 'print server stats in prometheus format',
    mutates: false,
    params: [
      USED_ONLY,
      {
        name: 'text_readouts',
        help: 'Render text_readouts as new gaugues with value 0 (increases Prometheus data size)',
        flag: true,
      },
      FILTER,
      INVERT,
      { name: 'histogram_buckets', help: 'Histogram bucket display mode', choices: ['cumulative', 'summary'] },
    ],
    handle: async (request) => show(stats, clusters, request, true),
  }
}

async function show(
  stats: AdminStats,
  clusters: Clusters,
  { params }: AdminRequest,
  prometheus: boolean,
): Promise<AdminResponse> {
  const asked = new URLSearchParams(params.entries.map(([name, value]): [string, string] => [name, value]))
  const parsed = parseStatsQuery(asked, prometheus, { compileFilter: compileSearch })
  if (!parsed.ok) return text(parsed.message, 400)
  await stats.refresh()
  const { merged, bounds, prometheusNames } = stats
  const inverts = params.has('invert_filter') && params.first('hidden') !== 'only'
  const query = { ...(inverts ? inverted(parsed.query) : parsed.query), hosts: endpointNumbers(clusters()) }
  switch (parsed.format) {
    case 'text':
      return text(() => renderText(merged, query, bounds).bytes)
    case 'json':
      return jsonText(() => renderJson(merged, query, bounds).bytes)
    case 'html':
    case 'active-html':
      return html(() => statsPage({ merged, bounds, params: STATS_PARAMS }, params, query))
    case 'prometheus':
      // Without the request that asks, as in Envoy.
      return text(renderPrometheus(merged, query, bounds, prometheusNames).bytes)
  }
}

function inverted(query: StatsQuery): StatsQuery {
  return { ...query, wanted: (name) => query.wanted?.(name) === false }
}
