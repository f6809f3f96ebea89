/* set_metadata and set_filter_state beside Envoy: levels of the route table, merging, formats, and what logs show of them. */
import { routeTo } from '../support/configs.ts'
import { differentialFilters, filterEntry, perFilter } from './support/filter-case.ts'

const META = 'set_metadata.v3.Config'
const STATE = 'set_filter_state.v3.Config'

const entry = (namespace: string, value: object, allow = false): object => ({
  metadata_namespace: namespace,
  value,
  allow_overwrite: allow,
})

differentialFilters('set_metadata: values, overwriting, levels', {
  filters: [
    filterEntry('set_metadata', META, {
      metadata_namespace: 'old',
      value: { a: 1, deep: { x: [1, 'two', null, true], y: 'z' } },
      metadata: [
        entry('old', { a: 2, deep: { x: [3], z: 1 } }),
        entry('old', { a: 3, deep: { x: [4], z: 2 } }, true),
        entry('new', { s: 'text', n: 1.5, b: false, l: [], o: {} }),
        entry('new', { s: 'other', more: 'yes' }),
        entry('again', { s: 'one' }, true),
        entry('again', { s: 2 }, true),
        entry('again', { s: { deep: true } }, true),
      ],
    }),
    {
      ...filterEntry('set_metadata', META, { metadata: [entry('new', { s: 'of the second' }, true)] }),
      name: 'second',
    },
  ],
  virtualHost: perFilter('set_metadata', META, { metadata: [entry('host', { from: 'host' })] }),
  routes: [
    {
      ...routeTo('app', '/own'),
      ...perFilter('set_metadata', META, { metadata: [entry('route', { from: 'route' })] }),
    },
    { ...routeTo('app', '/none'), ...perFilter('set_metadata', META) },
    routeTo('app'),
  ],
  requests: [
    ['host', 'GET /'],
    ['route', 'GET /own'],
    ['nothing', 'GET /none'],
  ],
  log: ['old', 'old:a', 'old:deep', 'old:deep:x', 'new', 'new:s', 'new:l', 'again', 'host', 'route', 'none', 'new:none']
    .map((path) => `%DYNAMIC_METADATA(${path})%`)
    .join(' '),
})

const format = (text: string, more: object = {}): object => ({
  format_string: { text_format_source: { inline_string: text }, ...more },
})
const state = (key: string, text: string, more: object = {}, formatMore: object = {}): object => ({
  object_key: key,
  factory_key: 'envoy.string',
  ...format(text, formatMore),
  ...more,
})

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'envoy.tcp_proxy.cluster']

differentialFilters('set_filter_state: formats, read only objects, what is shared', {
  filters: [
    filterEntry('set_filter_state', STATE, {
      on_request_headers: [
        state('a', '%REQ(:PATH)%'),
        state('a', 'a second time'),
        state('b', '%REQ(x-b)%', { skip_if_empty: true }),
        state('c', '%REQ(x-b)%'),
        state('d', '%REQ(x-b)%', {}, { omit_empty_values: true }),
        state('d', 'over it', { read_only: true }),
        state('d', 'once more'),
        state('e', '%PROTOCOL% and %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', { shared_with_upstream: 'ONCE' }),
        state('f', '%REQ(x-b)%-%REQ(x-c)%', { shared_with_upstream: 'TRANSITIVE', skip_if_empty: true }),
        state('g', '', { skip_if_empty: true }),
        state('h', ''),
        { object_key: 'envoy.tcp_proxy.cluster', ...format('%REQ(:AUTHORITY)%') },
      ],
    }),
  ],
  virtualHost: perFilter('set_filter_state', STATE, { on_request_headers: [state('a', 'of the host')] }),
  routes: [
    {
      ...routeTo('app', '/own'),
      ...perFilter('set_filter_state', STATE, { on_request_headers: [state('g', 'of %REQ(:PATH)%')] }),
    },
    routeTo('app'),
  ],
  requests: [
    ['host', 'GET /'],
    ['route', 'GET /own'],
    ['header', 'GET /', ['x-b: value', 'x-c: other']],
  ],
  log: KEYS.flatMap((key) => [`%FILTER_STATE(${key}:PLAIN)%`, `%FILTER_STATE(${key})%`]).join(' '),
})
