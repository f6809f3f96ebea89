/* Every operator where it is not a log that it prints to: headers of requests and responses, bodies of local replies. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { ALL_IN_ONE_LINE, ALL_OPERATORS, byOperator, comparable } from './support/all-operators.ts'
import { differential } from './support/differential.ts'
import type { HttpReply } from './support/http-replies.ts'
import type { Side } from './support/side.ts'

const METADATA = { filter_metadata: { m: { k: 'v', o: { x: 1, y: [true, null, 's'], z: {} } } } }
const ALL = [{ header: { key: 'x-all', value: ALL_IN_ONE_LINE } }]

const VIRTUAL_HOST = {
  name: 'all',
  domains: ['*'],
  metadata: METADATA,
  request_headers_to_add: ALL,
  response_headers_to_add: ALL,
  routes: [
    { ...direct('/direct', 'hello'), name: 'the-direct-one' },
    { match: { prefix: '/redirect' }, redirect: { host_redirect: 'b.test' } },
    routeTo('dead', '/dead'),
    routeTo('nope', '/nope'),
    { ...routeTo('app', '/rw', { prefix_rewrite: '/written' }), name: 'rewritten', metadata: METADATA },
    routeTo('app', '/app'),
  ],
}

const LOCAL_REPLIES = { body_format: { json_format: ALL_OPERATORS.log_format.json_format } }
const TEXT_REPLIES = {
  mappers: [
    {
      filter: { status_code_filter: { comparison: { op: 'GE', value: { default_value: 400, runtime_key: 'k' } } } },
      status_code: 444,
      body: { inline_string: 'mapped' },
      headers_to_add: [{ header: { key: 'x-mapped', value: ALL_IN_ONE_LINE } }],
      body_format_override: {
        content_type: 'text/x-mapped',
        text_format_source: {
          inline_string: '%LOCAL_REPLY_BODY%:%RESPONSE_CODE%:%RESPONSE_FLAGS%:%REQ(x-none)%:%PATH%',
        },
      },
    },
  ],
  body_format: { text_format_source: { inline_string: '%LOCAL_REPLY_BODY%|%RESPONSE_CODE_DETAILS%' } },
}

function valueOf(reply: HttpReply | undefined, name: string): string | undefined {
  return reply?.headers.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
}

async function traffic(side: Side): Promise<void> {
  const get = async (listener: string, path: string, ...headers: readonly string[]): Promise<HttpReply | undefined> => {
    const name = `${listener} ${path}`
    const lines = [`GET ${path} HTTP/1.1`, 'host: a.test', ...headers]
    const [reply] = await side.exchange(listener, `${lines.join('\r\n')}\r\n\r\n`)
    side.note(`${name} status`, reply?.status)
    for (const header of ['x-all', 'x-mapped']) {
      const all = valueOf(reply, header)
      side.note(`${name} ${header}`, all === undefined ? undefined : byOperator(all, OF_NOW))
    }
    return reply
  }
  for (const path of ['/direct', '/redirect', '/dead', '/nope', '/app?a=1&b=%41b&a=2', '/rw/x', '/none']) {
    const reply = await get('json', path, 'x-two: 1', 'x-empty:')
    const body = reply?.body ?? ''
    side.note(`${path} body`, body.startsWith('{') ? comparable(body, OF_NOW) : body)
  }
  for (const path of ['/direct', '/redirect', '/dead', '/nope', '/app', '/none']) {
    const reply = await get('text', path)
    side.note(`text ${path}`, [reply?.body, valueOf(reply, 'content-type'), valueOf(reply, 'content-length')])
  }
  for (const [index, { headers, line }] of side.seenBy('app').entries()) {
    const all = headers.find((each) => each.startsWith('x-all: '))?.slice('x-all: '.length) ?? ''
    side.note(`request ${index}`, [line, byOperator(all, OF_NOW)])
  }
}

/** Sizes: what is just being made has ports and times in it. */
const OF_NOW = /HEADERS_BYTES|HEADER_BYTES|WIRE_BYTES/

function listener(name: string, replies: object): object {
  const table = { name: 'local', validate_clusters: false, virtual_hosts: [VIRTUAL_HOST] }
  return httpListener(name, { extra: { local_reply_config: replies, route_config: table } })
}

differential('operators in headers and local replies', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [listener('json', LOCAL_REPLIES), listener('text', TEXT_REPLIES)],
      clusters: [staticCluster('app', [port('app')], { metadata: METADATA }), staticCluster('dead', [1])],
    },
  }),
  traffic,
})
