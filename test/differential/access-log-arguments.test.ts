/* Operators with arguments of every shape: which are refused, in which words, and what the others print. */
import { writeFileSync } from 'node:fs'
import { compileFormat } from '../../src/formatter/compile-format.ts'
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { fileSource, NODE, writeResources } from '../support/dynamic-files.ts'
import { isVolatile, shape } from './support/all-operators.ts'
import { ARGUMENT_FORMS } from './support/argument-forms.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'

/** Envoy ends when it is shown these. */
const FATAL = /^%COALESCE\(16\)%$/
const forms = ARGUMENT_FORMS.filter((each) => !FATAL.test(each))
const taken = forms.filter((each) => compileFormat(each, { unset: '-' }).ok)

const text = (format: string): object => ({ log_format: { text_format_source: { inline_string: format } } })
const listener = (index: number): object => ({
  ...httpListener(`l${index}`, { extra: { access_log: [fileLog('refused.log', text(forms[index] ?? ''))] } }),
  address: { socket_address: { address: '127.0.0.1', port_value: 10_000 + index } },
  bind_to_port: false,
})

const REFUSAL = /^(?:.*listener\(s\) )?l(\d+): (.*)/

/** What libraries for CEL and JSON say is theirs. */
const withoutLibraries = (message: string): string => message.replace(/(INVALID_ARGUMENT|is not valid\.).*/, '$1 …')

differential('formats that are refused', {
  prepare: (folder) =>
    writeResources(
      folder,
      'lds.json',
      'listener',
      forms.map((_form, index) => JSON.parse(JSON.stringify(listener(index)).replaceAll('{folder}', folder)) as object),
    ),
  bootstrap: () => ({
    node: NODE,
    dynamic_resources: { lds_config: fileSource('lds.json') },
    static_resources: { clusters: [staticCluster('app', [1])] },
  }),
  traffic: async (side) => {
    for (const line of side.proxy.log().split('\n')) {
      const [, index, message = ''] = REFUSAL.exec(line) ?? []
      if (index !== undefined) side.note(forms[Number(index)] ?? '', withoutLibraries(message))
    }
  },
})

const METADATA = { filter_metadata: { m: { k: 'v', o: { x: 1, y: [true, null, 's'], z: {} }, n: null, d: 1.5 } } }
const FILTERS = 'type.googleapis.com/envoy.extensions.filters.http'
const HTTP_FILTERS = [
  {
    name: 'state',
    typed_config: {
      '@type': `${FILTERS}.set_filter_state.v3.Config`,
      on_request_headers: [
        {
          object_key: 'a',
          factory_key: 'envoy.string',
          format_string: { text_format_source: { inline_string: '%REQ(x-two)% of it' } },
        },
      ],
    },
  },
  {
    name: 'metadata',
    typed_config: {
      '@type': `${FILTERS}.set_metadata.v3.Config`,
      metadata: [{ metadata_namespace: 'm', value: METADATA.filter_metadata.m }],
    },
  },
]

const router = (upstreamLog: readonly object[]): object => ({
  name: 'router',
  typed_config: { '@type': `${FILTERS}.router.v3.Router`, upstream_log: upstreamLog },
})

const logs = (name: string): readonly object[] => [
  fileLog(`${name}.text`, textFormat(taken.map((each) => `<${each}>`).join('\n'))),
  fileLog(`${name}.json`, { log_format: { json_format: Object.fromEntries(taken.map((each) => [each, each])) } }),
  fileLog(`${name}.omitting`, {
    log_format: { omit_empty_values: true, json_format: Object.fromEntries(taken.map((each) => [each, each])) },
  }),
]

/** The service time may take a digit more, and filters of loops of their own see their clocks. */
const UNEVEN = /BYTES_SENT|RESPONSE_HEADERS_BYTES|COMMON_DURATION|request\.duration|DYNAMIC_METADATA\(m:k:z/

differential('formats that are taken', {
  backends: ['app'],
  prepare: (folder) => writeFileSync(`${folder}/front.text`, ''),
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        {
          ...httpListener('front', {
            routes: [direct('/direct', 'hello'), { ...routeTo('app', '/app'), name: 'the-route', metadata: METADATA }],
            extra: { access_log: logs('front'), http_filters: [...HTTP_FILTERS, router(logs('upstream'))] },
          }),
          metadata: METADATA,
        },
      ],
      clusters: [staticCluster('app', [port('app')], { metadata: METADATA })],
    },
  }),
  traffic: async (side) => {
    await side.request('app', 'front', 'GET /app/a?a=1&b=%41b&a=2', 'x-two: one two', 'x-two: three', 'host: a.test:80')
    await side.request('gRPC', 'front', 'POST /app', 'content-type: application/grpc', 'x-do: header=grpc-status:5')
    await side.request('direct', 'front', 'GET /direct')
    for (const name of ['front', 'upstream']) {
      const requests = name === 'front' ? 3 : 2
      const printed = await side.logLines(`${name}.text`, taken.length * requests)
      for (const [index, line] of printed.entries()) {
        const form = taken[index % taken.length] ?? ''
        if (UNEVEN.test(form)) continue
        side.note(`${name} ${Math.floor(index / taken.length)} ${form}`, isVolatile(form) ? shape(line) : line)
      }
      for (const kind of ['json', 'omitting']) {
        for (const [index, line] of (await side.logLines(`${name}.${kind}`, requests)).entries()) {
          for (const [form, value] of Object.entries(JSON.parse(line) as object)) {
            if (UNEVEN.test(form)) continue
            side.note(`${name} ${kind} ${index} ${form}`, isVolatile(form) ? shape(value) : value)
          }
        }
      }
    }
  },
})
