/* Filters that mark requests for others: header_to_metadata, ip_tagging, cdn_loop. */
import { routeTo } from '../support/configs.ts'
import { differentialFilters, filterEntry, perFilter } from './support/filter-case.ts'

const NAMESPACE = 'envoy.filters.http.header_to_metadata'

function present(key: string, more: object = {}): object {
  return { on_header_present: { key, ...more } }
}

differentialFilters('header_to_metadata: sources, types, routes', {
  filters: [
    filterEntry('header_to_metadata', 'header_to_metadata.v3.Config', {
      stat_prefix: 'counted',
      request_rules: [
        { header: 'x-a', ...present('a'), remove: true },
        { header: 'X-Missing', on_header_missing: { key: 'missing', value: 'v' } },
        { header: 'x-both', ...present('both'), on_header_missing: { key: 'both', value: 'no' } },
        {
          header: 'x-rw',
          ...present('rw', {
            regex_value_rewrite: { pattern: { regex: '^/(cluster[\\d\\w-]+)/?.*$' }, substitution: '\\1' },
          }),
        },
        { header: 'x-b', ...present('b', { regex_value_rewrite: { pattern: { regex: 'b' }, substitution: '' } }) },
        { cookie: 'c', ...present('cookie'), on_header_missing: { key: 'cookie', value: 'none' } },
        { header: 'x-n', ...present('number', { type: 'NUMBER' }) },
        { header: 'x-64', ...present('base64', { encode: 'BASE64' }) },
        { header: 'x-pb', ...present('protobuf', { encode: 'BASE64', type: 'PROTOBUF_VALUE' }) },
        { header: 'x-ns', ...present('k', { metadata_namespace: 'other' }) },
        { header: ':path', ...present('path') },
      ],
      response_rules: [{ header: 'x-backend', ...present('backend') }],
    }),
  ],
  log: `%DYNAMIC_METADATA(${NAMESPACE})% %DYNAMIC_METADATA(other)%`,
  stats: /^http_filter_name\./,
  routes: [
    {
      ...routeTo('app', '/own'),
      ...perFilter('header_to_metadata', 'header_to_metadata.v3.Config', {
        request_rules: [{ header: 'x-a', ...present('own') }],
      }),
    },
    routeTo('app'),
  ],
  requests: [
    ['nothing', 'GET /'],
    ['header', 'GET /', ['x-a: 1', 'x-a: 2', 'x-missing: there', 'x-both: yes']],
    ['empty', 'GET /', ['x-a:', 'x-both:', 'cookie: c=']],
    ['rewritten', 'GET /', ['x-rw: /cluster-prod-001/a']],
    ['not rewritten', 'GET /', ['x-rw: nothing']],
    ['cookie', 'GET /', ['cookie: a=b; c="quoted"; c=2']],
    ['two cookie lines', 'GET /', ['cookie: a=b', 'cookie: c=2']],
    ['number', 'GET /', ['x-n: -1.50']],
    ['whole number', 'GET /', ['x-n: 12345678']],
    ['no number', 'GET /', ['x-n: 1x']],
    ['base64', 'GET /', ['x-64: aGVsbG8=']],
    ['base64 without padding', 'GET /', ['x-64: aGVsbG8']],
    ['not base64', 'GET /', ['x-64: !!!']],
    ['base64 with bits to spare', 'GET /', ['x-64: YR']],
    ['base64 with too much padding', 'GET /', ['x-64: YQ===']],
    ['rewritten to nothing', 'GET /', ['x-b: b']],
    ['hexadecimal', 'GET /', ['x-n: 0x1F']],
    ['infinite', 'GET /', ['x-n: -inf']],
    ['protobuf text', 'GET /', ['x-pb: GgJoaQ==']],
    ['protobuf struct', 'GET /', ['x-pb: KgkKBwoBYRICCAA=']],
    ['not protobuf', 'GET /', ['x-pb: GgloaQ==']],
    ['namespace', 'GET /', ['x-ns: 1']],
    ['utf-8', 'GET /', ['x-a: \u00c3\u00a9']],
    ['not utf-8', 'GET /', ['x-a: a\u00ff\u00c3']],
    ['too long', 'GET /', [`x-a: ${'a'.repeat(8192)}`]],
    ['just fits', 'GET /', [`x-both: ${'a'.repeat(8191)}`]],
    ['own', 'GET /own', ['x-a: 1', 'x-both: 2']],
  ],
})

const CIDR = (address_prefix: string, prefix_len: number): object => ({ address_prefix, prefix_len })

for (const [name, header] of Object.entries({
  'x-envoy-ip-tags': undefined,
  'a header of its own, sanitised': { header: 'x-tags' },
  'a header of its own, appended': { header: 'x-tags', action: 'APPEND_IF_EXISTS_OR_ADD' },
})) {
  differentialFilters(`ip_tagging: ${name}`, {
    filters: [
      filterEntry('ip_tagging', 'ip_tagging.v3.IPTagging', {
        ip_tags: [
          { ip_tag_name: 'test', ip_list: [CIDR('203.0.113.0', 24), CIDR('2001:db8::', 32)] },
          { ip_tag_name: 'local', ip_list: [CIDR('198.51.100.7', 32)] },
        ],
        ...(header === undefined ? {} : { ip_tag_header: header }),
      }),
    ],
    manager: { use_remote_address: false },
    stats: /\.ip_tagging\./,
    routes: [
      {
        match: { prefix: '/', headers: [{ name: 'x-tags', string_match: { contains: 'test' } }] },
        direct_response: { status: 200 },
      },
      routeTo('app'),
    ],
    requests: [
      ['none', 'GET /'],
      ['tagged', 'GET /', ['x-forwarded-for: 203.0.113.9']],
      ['tagged, v6', 'GET /', ['x-forwarded-for: 2001:db8::1']],
      ['other', 'GET /', ['x-forwarded-for: 198.51.100.7']],
      ['not tagged', 'GET /', ['x-forwarded-for: 198.51.100.8']],
      ['client has some', 'GET /', ['x-forwarded-for: 198.51.100.7', 'x-envoy-ip-tags: mine', 'x-tags: mine']],
      ['client has some, no tag', 'GET /', ['x-envoy-ip-tags: mine', 'x-tags: test']],
    ],
  })
}

differentialFilters('cdn_loop: marks, loops, malformed lists', {
  filters: [filterEntry('cdn_loop', 'cdn_loop.v3.CdnLoopConfig', { cdn_id: 'cdn', max_allowed_occurrences: 1 })],
  log: '%RESPONSE_CODE% %RESPONSE_CODE_DETAILS%',
  requests: [
    [],
    ['cdn'],
    ['cdn, cdn'],
    ['other, cdn; a=b'],
    ['a', 'b'],
    ['cdn', 'cdn'],
    ['cdn:80, CDN, cdn2'],
    [', ,cdn ,'],
    ['[::1]:80'],
    ['[bad'],
    ['cdn; a="cdn, \\"cdn"'],
    ['cdn;'],
    ['cdn; a = b'],
    ['cdn x'],
    [''],
    ['cdn;a=b;'],
    ['cdn:;a=b'],
    ['x\t;\ta=b\t'],
    ['', 'a'],
    ['a', ''],
    ['a', ',', 'b'],
  ].map(
    (values) =>
      [`${values.length} [${values.join('|')}]`, 'GET /', values.map((value) => `cdn-loop: ${value}`)] as const,
  ),
})
