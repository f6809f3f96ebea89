/* Which virtual host takes a request, with domains and hosts by chance that resemble each other. */
import { httpListener } from '../support/configs.ts'
import { Dice } from './support/dice.ts'
import { differential } from './support/differential.ts'

const LABELS = ['a', 'b', 'ab', 'A', 'test', 'www']
const PORTS = ['', '', '', ':80', ':8080', ':', ':x']

function domainName(dice: Dice): string {
  return dice.some(1, 3, () => dice.oneOf(LABELS)).join(dice.oneOf(['.', '.', '-']))
}

function domain(dice: Dice): string {
  const name = domainName(dice) + dice.oneOf(PORTS)
  switch (dice.roll(7)) {
    case 0:
    case 1:
      return `*.${name}`
    case 2:
      return `*-${name}`
    case 3:
      return `${name}.*`
    case 4:
      return `${name}*`
    case 5:
      return dice.oneOf(['[::1]', '[::1]:80', '1.2.3.4', '*:80', '[::*', '[::1]:*', '*]', 'a.', '*.'])
    default:
      return name
  }
}

/** `count` different ones, each a virtual host of its own; domains differ without regard to case. */
function virtualHosts(dice: Dice, count: number, withDefault: boolean): readonly object[] {
  const domains = new Map<string, string>()
  while (domains.size < count) {
    const next = domain(dice)
    if (!domains.has(next.toLowerCase())) domains.set(next.toLowerCase(), next)
  }
  const all = [...domains.values(), ...(withDefault ? ['*'] : [])]
  return all.map((name, i) => ({
    name: `v${i}`,
    domains: [name],
    routes: [{ match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: name } } }],
  }))
}

function host(dice: Dice): string {
  const name = dice.oneIn(10)
    ? dice.oneOf([
        '[::1]',
        '[::1]:80',
        '[::2]:8080',
        '1.2.3.4',
        '1.2.3.4:80',
        '',
        'a.',
        '.',
        'user@a.test',
        ':80',
        'a.:80',
      ])
    : domainName(dice)
  return dice.oneIn(6) ? name.toUpperCase() : name + dice.oneOf(PORTS)
}

const tables = new Dice(4)
const TABLES: Readonly<Record<string, { readonly table: object; readonly extra?: object }>> = {
  plain: { table: { virtual_hosts: virtualHosts(tables, 60, true) } },
  strict: { table: { virtual_hosts: virtualHosts(tables, 60, false) } },
  'no-port': { table: { virtual_hosts: virtualHosts(tables, 60, true), ignore_port_in_host_matching: true } },
  header: { table: { virtual_hosts: virtualHosts(tables, 60, true), vhost_header: 'X-Host' } },
  'header-no-port': {
    table: {
      virtual_hosts: virtualHosts(tables, 60, false),
      vhost_header: 'x-host',
      ignore_port_in_host_matching: true,
    },
  },
  stripped: {
    table: { virtual_hosts: virtualHosts(tables, 60, true) },
    extra: { strip_any_host_port: true, strip_trailing_host_dot: true },
  },
  alone: { table: { virtual_hosts: virtualHosts(tables, 0, true), vhost_header: 'x-host' } },
}

differential('virtual hosts by chance', {
  bootstrap: () => ({
    static_resources: {
      listeners: Object.entries(TABLES).map(([name, options]) => httpListener(name, options)),
    },
  }),
  traffic: async (side) => {
    const dice = new Dice(6)
    for (const listener of Object.keys(TABLES)) {
      for (let i = 0; i < 120; i++) {
        const more = dice.some(0, 2, () => `x-host: ${host(dice)}\r\n`).join('')
        const head = `GET / HTTP/1.1\r\nhost: ${host(dice)}\r\n${more}\r\n`
        const [reply] = await side.exchange(listener, head)
        side.note(`${listener} ${i} ${head}`, [reply?.status, reply?.body])
      }
    }
  },
})
