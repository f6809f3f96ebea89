/* envoy.filters.http.stateful_session against the real one: cookies and headers that name a host. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { exchange, filterEntry, perFilter } from './support/filter-case.ts'
import type { HttpReply } from './support/http-replies.ts'
import { sortedHeaders } from './support/http-replies.ts'
import type { Side } from './support/side.ts'

const STATE = 'type.googleapis.com/envoy.extensions.http.stateful_session'

function session(more: object = {}): object {
  const cookie = {
    name: 'sess',
    path: '/path',
    ttl: '120s',
    attributes: [{ name: 'SameSite', value: 'Lax' }, { name: 'Secure' }],
  }
  return {
    session_state: {
      name: 'envoy.http.stateful_session.cookie',
      typed_config: { '@type': `${STATE}.cookie.v3.CookieBasedSessionState`, cookie: { ...cookie, ...more } },
    },
  }
}

const BY_HEADER = {
  session_state: {
    name: 'envoy.http.stateful_session.header',
    typed_config: { '@type': `${STATE}.header.v3.HeaderBasedSessionState`, name: 'x-session' },
  },
}

const PER_ROUTE = 'stateful_session.v3.StatefulSessionPerRoute'

function setup(port: (name: string) => number, config: object): Record<string, unknown> {
  const own = (fields: object): object => perFilter('stateful_session', PER_ROUTE, fields)
  return {
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            { ...routeTo('pair', '/path/off'), ...own({ disabled: true }) },
            { ...routeTo('pair', '/path/header'), ...own({ stateful_session: BY_HEADER }) },
            { ...routeTo('pair', '/path/strict'), ...own({ stateful_session: { ...BY_HEADER, strict: true } }) },
            {
              ...routeTo('pair', '/path/gone'),
              ...own({
                stateful_session: { ...BY_HEADER, strict: true, status_on_strict_destination_not_found: 410 },
              }),
            },
            routeTo('pair'),
          ],
          extra: {
            http_filters: [
              filterEntry('stateful_session', 'stateful_session.v3.StatefulSession', config),
              filterEntry('router', 'router.v3.Router'),
            ],
          },
        }),
      ],
      clusters: [staticCluster('pair', [port('one'), port('two')])],
    },
  }
}

/** What names a host, with the host in place of its port. */
function told(side: Side, { headers }: HttpReply): readonly string[] {
  return sortedHeaders(headers)
    .filter((line) => /^(?:set-cookie|x-session):/i.test(line))
    .map((line) =>
      line.replace(/[A-Za-z0-9+/]{12,}={0,2}/, (value) => {
        const bytes = Buffer.from(value, 'base64')
        const [, address = ''] = /(127\.0\.0\.1:\d+)/.exec(bytes.toString('latin1')) ?? []
        const [ip, port] = address.split(':')
        const known = side.places.ports.has(Number(port)) ? 'a backend' : 'nobody'
        const around = bytes.toString('latin1').replace(address, '').slice(0, 3)
        return `${ip}:${known} ${Buffer.from(around, 'latin1').toString('hex').replace(/^0a../, '0a<length>')}`
      }),
    )
}

async function sticks(side: Side, path: string, header: (reply: HttpReply) => string): Promise<void> {
  let sentBack = ''
  const bodies = new Set<string>()
  for (let i = 0; i < 6; i++) {
    using client = await side.connect('front')
    client.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n${sentBack}\r\n`)
    const text = await client.until(/\r\n\r\n(?:one|two)\n/)
    const reply = {
      status: '',
      headers: text.split('\r\n\r\n')[0]!.split('\r\n').slice(1),
      body: text.split('\r\n\r\n')[1]!,
    }
    bodies.add(reply.body)
    side.note(`${path} ${i}`, told(side, reply))
    if (sentBack === '') sentBack = header(reply)
  }
  side.note(`${path} hosts`, bodies.size)
}

const cookieOf = ({ headers }: HttpReply): string => {
  const line = headers.find((each) => /^set-cookie:/i.test(each)) ?? ''
  return line === ''
    ? ''
    : `cookie: ${line
        .slice(line.indexOf(':') + 1)
        .split(';')[0]!
        .trim()}\r\n`
}
const headerOf = ({ headers }: HttpReply): string => {
  const line = headers.find((each) => /^x-session:/i.test(each))
  return line === undefined ? '' : `${line}\r\n`
}

differential('stateful_session: by cookie and header, per route', {
  backends: ['one', 'two'],
  bootstrap: (port) => setup(port, { ...session(), stat_prefix: 'sp' }),
  stats: /stateful_session/,
  traffic: async (side) => {
    await sticks(side, '/path/x', cookieOf)
    await sticks(side, '/path/header', headerOf)
    await sticks(side, '/path/strict', headerOf)
    const nobody = `x-session: ${Buffer.from('127.0.0.1:1').toString('base64')}`
    await exchange(side, ['strict, gone', 'GET /path/strict', [nobody]])
    await exchange(side, ['strict, gone, status', 'GET /path/gone', [nobody]])
    for (const cookie of ['sess=', 'sess=!!!', 'sess=MTI3LjAuMC4xOjE=', 'sess="CgsxMjcuMC4wLjE6MRAB"']) {
      using client = await side.connect('front')
      client.write(`GET /path/x HTTP/1.1\r\nhost: a\r\ncookie: ${cookie}\r\n\r\n`)
      const text = await client.until(/\r\n\r\n(?:one|two)\n/)
      side.note(cookie, /set-cookie/.test(text))
    }
    for (const path of ['/path', '/pathx', '/other', '/path/off']) {
      using client = await side.connect('front')
      client.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
      const text = await client.until(/\r\n\r\n(?:one|two)\n/)
      side.note(path, /set-cookie/.test(text))
    }
  },
})

differential('stateful_session: a cookie without an end', {
  backends: ['one', 'two'],
  bootstrap: (port) => setup(port, session({ path: '', ttl: '0s', attributes: [] })),
  traffic: async (side) => {
    await sticks(side, '/a', cookieOf)
  },
})
