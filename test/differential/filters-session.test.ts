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

const ENVELOPE = {
  session_state: {
    name: 'envoy.http.stateful_session.envelope',
    typed_config: { '@type': `${STATE}.envelope.v3.EnvelopeSessionState`, header: { name: 'x-session' } },
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

const base64 = (text: string): string => Buffer.from(text).toString('base64')

differential('stateful_session: an envelope around the session of the upstream', {
  backends: ['one', 'two'],
  bootstrap: (port) => setup(port, { ...ENVELOPE, stat_prefix: 'sp' }),
  stats: /stateful_session/,
  traffic: async (side) => {
    const [port] = [...side.places.ports].find(([, name]) => name === 'two')!
    const [host, original] = [base64(`127.0.0.1:${port}`), base64('orig')]
    const envelopes: Readonly<Record<string, string>> = {
      whole: `${host};UV:${original}`,
      'host alone': host,
      'empty value': `${host};UV:`,
      'value that is none': `${host};UV:!!`,
      'no host': `;UV:${original}`,
      'more between': `${host};x;UV:${original}`,
      'two values': `${host};UV:${original};UV:${base64('second')}`,
      behind: `${host};UV:${original};${host}`,
      reversed: `UV:${original};${host}`,
      'with a semicolon': `${host};UV:${base64('a;b, c')}`,
      space: `${host}; UV:${original}`,
      'host that is none': `!!;UV:${original}`,
    }
    const ask = async (name: string, order: string, ...headers: readonly string[]): Promise<string> => {
      using client = await side.connect('front')
      client.write([`GET /${base64(name)} HTTP/1.1`, 'host: a', `x-do: ${order}`, ...headers, '', ''].join('\r\n'))
      return await client.until(/\r\n\r\n(?:one|two)\n/)
    }
    for (const [name, value] of Object.entries(envelopes)) {
      const bodies = new Set<string>()
      for (let i = 0; i < 6; i++) bodies.add((await ask(name, 'status=200', `x-session: ${value}`)).slice(-4))
      side.note(`${name}: hosts`, bodies.size)
      const seen = [...side.seenBy('one'), ...side.seenBy('two')].find(({ line }) => line.includes(base64(name)))
      side.note(
        `${name}: seen`,
        seen?.headers
          .filter((line) => line.startsWith('x-session'))
          .join()
          .replaceAll(host, 'HOST'),
      )
    }
    for (const order of [
      'status=200',
      'header=x-session: abc',
      'status=503;header=x-session: abc',
      'header=x-session:',
    ]) {
      for (const sent of [[], [`x-session: ${host};UV:${original}`]]) {
        const line = /^x-session: (.*)$/m.exec(await ask(order, order, ...sent))?.[1]?.trim()
        const [address = '', value] = (line ?? '').split(';UV:')
        const known = /^127\.0\.0\.1:\d+$/.test(Buffer.from(address, 'base64').toString('latin1'))
        side.note(`${order} ${sent.length}`, line === undefined ? 'none' : [known, value])
      }
    }
  },
})
