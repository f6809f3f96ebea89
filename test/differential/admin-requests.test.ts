/* Requests to the admin server that are odd or wrong: status, headers and text, beside Envoy's. */
import { direct, httpListener } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const STATS = '/stats?filter=http.ingress.downstream_rq_5xx'
const words = (text: string): string[] => text.split(' ')

const READ = [
  ...words('/ready?x /ready/ //ready /READY /nope?a=b /stats/nope /favicon.ico /gc /tap /certs'),
  '/stats?filter=(',
  ...['usedonly=false', 'type=counters', 'type=bogus', 'type=', 'hidden=only', 'hidden=bogus', 'hidden=include'].map(
    (query) => `${STATS}&${query}`,
  ),
  ...['format=bogus', 'format=', 'histogram_buckets=bogus', 'text_readouts', 'safe', 'filter=b'].map(
    (query) => `${STATS}&${query}`,
  ),
  '/stats?format=prometheus&histogram_buckets=disjoint&filter=nothing',
  '/stats/prometheus?histogram_buckets=bogus',
  '/stats/prometheus?filter=downstream_rq_xx&type=Gauges',
  '/stats?format=json&filter=nothing',
  '/stats?filter=%zz',
  ...['listeners', 'clusters'].map((path) => `/${path}?format=bogus`),
  ...words('/init_dump?mask= /init_dump?mask=listener /init_dump?mask=bogus /contention /hot_restart_version?x'),
  ...['resource=bogus', 'mask=bogus', 'mask=static_clusters', 'name_regex=(', 'resource=bootstrap&mask=node'].map(
    (query) => `/config_dump?${query}`,
  ),
  ...['resource=static_secrets', 'resource=layers', 'mask=runtime', 'resource=ecds_filters'].map(
    (query) => `/config_dump?${query}`,
  ),
  ...words('/logging /runtime_modify /reset_counters /healthcheck/fail /drain_listeners /quitquitquit'),
  ...words('/reopen_logs /cpuprofiler /heapprofiler /allocprofiler /stats/recentlookups/enable'),
]

const CHANGE = [
  ...[
    '',
    'level=bogus',
    'level=',
    'level',
    'paths=upstream:debug,',
    'paths=,',
    'paths=bogus:debug',
    'paths=upstream',
  ].map((query) => `/logging?${query}`),
  ...[
    'upstream=bogus',
    'upstream=',
    'bogus=',
    '=debug',
    'junk',
    'group=x',
    'a=debug&b=debug',
    'level=error&http=info',
  ].map((query) => `/logging?${query}`),
  ...['paths=,upstream:info,,http:info', 'paths=:debug', 'level=Error', 'level=warn', 'level=warning'].map(
    (query) => `/logging?${query}`,
  ),
  ...['', '?', '?a=', '?a', '?=1', '?b=%20x', '?x=2&y.z=other'].map((query) => `/runtime_modify${query}`),
  ...words('/ready /nope /reset_counters?x /healthcheck/bogus /heapprofiler /heapprofiler?enable=x'),
  ...words('/cpuprofiler /cpuprofiler?enable=x /stats/recentlookups/enable /stats/recentlookups/disable /tap'),
  '/drain_listeners?skip_exit',
  '/drain_listeners?bogus',
]

const OTHERS = [
  ...['/ready', '/nope', '/logging', '/quitquitquit', STATS].map((path) => ['HEAD', path] as const),
  ...['/ready', '/logging', '/nope'].map((path) => ['PUT', path] as const),
  ...[
    ['DELETE', '/healthcheck/fail'],
    ['OPTIONS', '/ready'],
    ['PATCH', STATS],
  ].map(([method, path]) => [method ?? '', path ?? ''] as const),
]

const HEADERS = [
  'content-type',
  'cache-control',
  'x-content-type-options',
  'server',
  'transfer-encoding',
  'content-length',
]

async function ask(side: Side, method: string, path: string, body?: string): Promise<void> {
  const port = [...side.proxy.ports].find(([, name]) => name === 'admin')?.[0]
  const form = body === undefined ? {} : { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  const reply = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...form })
  const headers = HEADERS.map((name) => reply.headers.get(name))
  side.note(`${method} ${path} ${body ?? ''}`, [reply.status, ...headers, withoutMoments(await reply.text())])
}

/** What an unknown path lists is tested elsewhere, as is what a level list holds. */
function withoutMoments(text: string): string {
  return text
    .replaceAll(/("(?:last_updated|version_info)": )"[^"]*"/g, '$1""')
    .replace(/active loggers:[^]*/, 'active loggers')
    .replace(/admin commands are:[^]*/, 'admin commands')
}

differential('admin: requests of all kinds', {
  bootstrap: () => ({
    layered_runtime: {
      layers: [
        { name: 'base', static_layer: { x: 1 } },
        { name: 'admin', admin_layer: {} },
      ],
    },
    static_resources: { listeners: [httpListener('one', { routes: [direct('/', 'x')] })] },
  }),
  stats: /^nothing$/,
  traffic: async (side) => {
    await side.request('direct', 'one', 'GET /d')
    for (const path of READ) await ask(side, 'GET', path)
    for (const path of CHANGE) await ask(side, 'POST', path)
    for (const [method, path] of OTHERS) await ask(side, method, path)
    await ask(side, 'POST', '/logging', 'level=info')
    await ask(side, 'POST', '/logging', 'junk')
    await ask(side, 'POST', '/runtime_modify', 'q=1')
    await side.noteAdmin('/runtime', JSON.parse)
  },
})
