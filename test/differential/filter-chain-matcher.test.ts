/* Filter chains that a matcher chooses by their names. */
import { direct, httpListener } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'

const T = 'type.googleapis.com/'
const NETWORK = 'envoy.extensions.matching.common_inputs.network.v3'
const input = (type: string) => ({ name: 'i', typed_config: { '@type': `${T}${NETWORK}.${type}` } })
const chain = (name: string) => ({
  action: { name: 'c', typed_config: { '@type': `${T}google.protobuf.StringValue`, value: name } },
})
const exact = (type: string, map: object, more: object = {}) => ({
  matcher_tree: { input: input(type), exact_match_map: { map } },
  ...more,
})

const LISTENERS: Readonly<Record<string, object>> = {
  found: exact('SourceIPInput', { '127.0.0.1': chain('two') }),
  unknown: exact('SourceIPInput', { '127.0.0.1': chain('three') }),
  standby: exact('SourceIPInput', { '10.0.0.1': chain('two') }),
  type: exact('SourceTypeInput', { local: chain('one') }),
  'no-protocol': exact('ApplicationProtocolInput', { h2: chain('one') }, { on_no_match: chain('two') }),
  nested: exact('DirectSourceIPInput', {
    '127.0.0.1': { matcher: exact('ServerNameInput', { 'a.test': chain('one') }, { on_no_match: chain('two') }) },
  }),
}

function listener(name: string, matcher: object): object {
  const chainOf = (body: string) => {
    const { filter_chains: chains } = httpListener(name, { routes: [direct('/', body)] }) as {
      filter_chains: readonly [object]
    }
    return { ...chains[0], name: body, filter_chain_match: { destination_port: 1 } }
  }
  return {
    ...httpListener(name),
    stat_prefix: name,
    filter_chains: [chainOf('one'), chainOf('two')],
    default_filter_chain: { ...chainOf('standby'), filter_chain_match: undefined },
    filter_chain_matcher: matcher,
    access_log: [fileLog(`${name}.log`, textFormat('%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %FILTER_CHAIN_NAME%'))],
  }
}

differential('filter chains chosen by a matcher', {
  bootstrap: () => ({
    static_resources: { listeners: Object.entries(LISTENERS).map(([name, matcher]) => listener(name, matcher)) },
  }),
  stats: /no_filter_chain_match|downstream_cx_total/,
  traffic: async (side) => {
    const request = 'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n'
    for (const name of Object.keys(LISTENERS)) {
      await side.send(name, name, request, true)
      await side.noteLog(`${name}.log`, 1)
    }
  },
})
