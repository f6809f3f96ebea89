/* JSON bodies in metadata: what is found in them, what is no JSON, which types are taken, routes of their own. */
import { routeTo } from '../support/configs.ts'
import type { RequestRow } from './support/filter-case.ts'
import { differentialFilters, filterEntry, perFilter } from './support/filter-case.ts'

const TYPE = 'json_to_metadata.v3.JsonToMetadata'
const NAMESPACE = 'envoy.filters.http.json_to_metadata'

function rule(path: string, more: object): object {
  return { selectors: path.split('.').map((key) => ({ key })), ...more }
}

/** All three moments, each with a value of its own. */
function watched(path: string, key: string, type: string): object {
  const rest = { key, metadata_namespace: 'n' }
  return rule(path, {
    on_present: { ...rest, type },
    on_missing: { ...rest, value: { missing: true } },
    on_error: { ...rest, value: 'error' },
  })
}

const RULES = [
  watched('v', 'value', 'PROTOBUF_VALUE'),
  watched('v', 'text', 'STRING'),
  watched('v', 'number', 'NUMBER'),
  watched('a.b', 'deep', 'PROTOBUF_VALUE'),
  rule('a', { on_present: { key: 'own', value: 'seen' } }),
  rule('p', { on_present: { key: 'kept', metadata_namespace: 'n', preserve_existing_metadata_value: true } }),
  rule('p', { on_missing: { key: 'none', value: [1, null, 'x'] } }),
]

const VALUES = [
  ...'1 -1 1.0 1e2 -0 -0.0 1.5 0.1 1e-7 1e20 12345678.9 123456789012345678 9223372036854775807'.split(' '),
  ...'9223372036854775808 18446744073709551616 -9223372036854775809 1e400 1e-999 true false null {} [1]'.split(' '),
  ...'"12" " 1e3 " "abc" "" "0x10" "inf" "nan" "1_0" "\\u00e9" "\\ud800" "\\t" "+.5" .5 01 NaN'.split(' '),
  `"${'a'.repeat(8192)}"`,
  `"${'a'.repeat(8193)}"`,
]

const BODIES = [
  ...VALUES.map((value) => `{"v":${value}}`),
  ...'{"a":{"b":"x"}} {"a":{"b":{}}} {"a":1} {"a":[1]} {"a":{}} {"a":null} {"p":1}'.split(' '),
  ...'[] [1] "str" 1 null true { {"v":1}x {"v":1,} // {"v":1,"v":2} {"__proto__":{"b":1}} {"v":1}\0x'.split(' '),
  ' ',
  '\n{ "v" : 1 }\r\n',
  `${'['.repeat(1000)}${']'.repeat(1000)}`,
  `${'['.repeat(1001)}${']'.repeat(1001)}`,
]

const JSON_TYPE = ['content-type: application/json']
const numbered = (name: string, row: (i: number) => RequestRow, count: number) =>
  Array.from({ length: count }, (_, i) => [`${name} ${i}`, ...row(i).slice(1)] as unknown as RequestRow)

differentialFilters('json_to_metadata: values, types, routes', {
  filters: [
    filterEntry('set_metadata', 'set_metadata.v3.Config', {
      metadata: [{ metadata_namespace: 'n', value: { kept: 'before' } }],
    }),
    filterEntry('json_to_metadata', TYPE, {
      request_rules: { rules: RULES },
      response_rules: {
        rules: [watched('r', 'response', 'PROTOBUF_VALUE')],
        allow_empty_content_type: true,
        allow_content_types: ['text/x'],
        allow_content_types_regex: { regex: 'text/y.*' },
      },
    }),
  ],
  log: `%REQ(:PATH)% %RESPONSE_CODE% %DYNAMIC_METADATA(n)% %DYNAMIC_METADATA(${NAMESPACE})%`,
  stats: /json_to_metadata/,
  routes: [
    {
      ...routeTo('app', '/own'),
      ...perFilter('json_to_metadata', TYPE, { request_rules: { rules: [watched('o', 'own', 'STRING')] } }),
    },
    {
      match: {
        prefix: '/',
        dynamic_metadata: [{ filter: 'n', path: [{ key: 'value' }], value: { string_match: { exact: 'abc' } } }],
      },
      direct_response: { status: 201, body: { inline_string: '{"r":"direct"}' } },
    },
    routeTo('app'),
  ],
  requests: [
    ...numbered('body', (i) => ['', 'POST /', JSON_TYPE, BODIES[i]!], BODIES.length),
    ['no body', 'GET /', JSON_TYPE],
    ['no type', 'GET /'],
    ['parameters', 'POST /', ['content-type: application/json; charset=utf-8'], '{"v":1}'],
    ['other case', 'POST /', ['content-type: Application/JSON'], '{"v":1}'],
    ['response', 'GET /', ['x-do: header=content-type:text/x;body={"r":1}']],
    ['response by pattern', 'GET /', ['x-do: header=content-type:text/yes;body={"r":[]};chunked']],
    ['response of no type', 'GET /', ['x-do: body={']],
    ['response of another type', 'GET /', ['x-do: header=content-type:text/z;body={}']],
    ['response without a body', 'GET /', ['x-do: status=204;header=content-type:text/x']],
    ['own', 'POST /own', JSON_TYPE, '{"o":2.5}'],
    ['own, other type', 'POST /own', ['content-type: text/plain'], '{"o":2.5}'],
  ],
})
