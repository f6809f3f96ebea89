/* Paths by URI template: what templates match, and what is made of their variables. */
import { httpListener, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'

const T = 'type.googleapis.com/envoy.extensions.path'

/** A template and what a match is rewritten to; '' for nothing. */
const TEMPLATES: readonly (readonly [string, string])[] = [
  ['/', '/root'],
  ['/*', ''],
  ['/**', '/all'],
  ['/a/', '/slash'],
  ['/{x}', '/n/{x}'],
  ['/{x}/', '/{x}'],
  ['/a{x}', '/{x}/{x}'],
  ['/a{x}b/c', '/v{x}w'],
  ['/a{x=**}b/c', '/{x}'],
  ['/{x}.m3/**.m3', '/{x}.d'],
  ['/{x=**}.m3', '/{x}'],
  ['/{x=a/*}', '/r/{x}/s'],
  ['/{x=a/**}', '/{x}'],
  ['/{x=*/b}/c', '/{x}'],
  ['/{x=**/b}/c', '/{x}'],
  ['/*/{y=a/b}', '/{y}'],
  ['/{x}*', '/{x}'],
  ['/a*', '/star'],
  ['/*a*', ''],
  ['/a*{x}', '/{x}'],
  ['/{x=a*/b}', '/{x}'],
  ['/{a}/{b}/{c}/**', '/{c}{b}-{a}'],
  ['/%61/{x}', '/{x}'],
  ['/a+b/(c)/$d', '/e=f*'],
  ['/a=b/{x_1}', '/~{x_1}!'],
  ['/a.b/{x}', '/{x}'],
]

const PATHS = [
  '/',
  '/a',
  '/a/',
  '/a/b',
  '/a/b/',
  '/a/b/c',
  '/ab',
  '/a1b/c',
  '/a1/2b/c',
  '/ab/c',
  '/x/b/c',
  '/x/y/b/c',
  '/x/a/b',
  '/1.m3',
  '/1/2.m3',
  '/1.m3/x/y.m3',
  '/1.m3/.m3',
  '/.m3',
  '/1/2/3',
  '/1/2/3/',
  '/1/2/3/4/5',
  '/%61/b',
  '/%61/%2F',
  '/a+b/(c)/$d',
  '/a=b/1',
  '/a.b/1',
  '/axb/1',
  '/aaa',
  '/a*',
  '/*',
  '/a:b@c',
  '/a|b',
  '/a[b]',
  '/a;b=c',
  '/a^',
  '/a/b?q=/c&r',
  '/a?/b',
  '//',
  '/a//b',
]

const route = ([path_template, path_template_rewrite]: readonly [string, string]) => ({
  match: {
    path_match_policy: {
      name: 'match',
      typed_config: { '@type': `${T}.match.uri_template.v3.UriTemplateMatchConfig`, path_template },
    },
  },
  route: {
    cluster: 'app',
    ...(path_template_rewrite !== '' && {
      path_rewrite_policy: {
        name: 'rewrite',
        typed_config: { '@type': `${T}.rewrite.uri_template.v3.UriTemplateRewriteConfig`, path_template_rewrite },
      },
    }),
  },
})

differential('URI templates', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          table: {
            virtual_hosts: TEMPLATES.map((template, i) => ({
              name: `v${i}`,
              domains: [`v${i}`],
              routes: [route(template), { match: { prefix: '/' }, direct_response: { status: 204 } }],
            })),
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  traffic: async (side) => {
    for (const [i, [template]] of TEMPLATES.entries()) {
      const results: string[] = []
      for (const path of PATHS) {
        const before = side.seenBy('app').length
        const [reply] = await side.exchange('front', `GET ${path} HTTP/1.1\r\nhost: v${i}\r\n\r\n`)
        const seen = side.seenBy('app')[before]
        const original = seen?.headers.find((line) => line.startsWith('x-envoy-original-path'))
        results.push(`${path} ${reply?.status ?? ''} ${seen?.line ?? ''} ${original ?? ''}`)
      }
      side.note(template, results)
    }
  },
})
