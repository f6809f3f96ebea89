/* PROXY protocol headers in front of requests, beside the real Envoy. */
import type { Side } from './support/side.ts'
import { differential } from './support/differential.ts'
import { exchange, filteredListener, listenerFilter } from './support/listener-case.ts'

const REQUEST = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'
const RULES = [
  { tlv_type: 2, on_tlv_present: { key: 'authority' } },
  { tlv_type: 3, on_tlv_present: { key: 'binary', value_string_encoding: 'BASE64' } },
  { tlv_type: 4, on_tlv_present: { key: 'authority' } },
]

const proxyProtocol = (fields: object = {}): object => listenerFilter('proxy_protocol', 'ProxyProtocol', fields)

const IPV4 = '\x01\x02\x03\x04\x05\x06\x07\x08\0\x50\0\x5a'
const IPV6 = `\x20${'\0'.repeat(14)}\x01\x20${'\0'.repeat(14)}\x02\0\x50\0\x5a`

function v2(rest: string, extensions = '', command = 0x21, family = 0x11): string {
  const length = rest.length + extensions.length
  return `\r\n\r\n\0\r\nQUIT\n${String.fromCharCode(command, family, length >> 8, length & 255)}${rest}${extensions}`
}

function tlv(type: number, value: string): string {
  return String.fromCharCode(type, value.length >> 8, value.length & 255) + value
}

const HEADERS: Readonly<Record<string, string>> = {
  'v1 TCP4': 'PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\n',
  'v1 TCP6': 'PROXY TCP6 1::2 3::4 11 22\r\n',
  'v1 UNKNOWN': 'PROXY UNKNOWN x\r\n',
  'v1 many': 'PROXY TCP4 224.0.0.1 5.6.7.8 11 22\r\n',
  'v1 broken': 'PROXY TCP4 1.2.3.4 5.6.7.8 11\r\n',
  'v1 keyword': 'PROXYX aaaaaaaaaaaaaaaa\r\n',
  'v2 TCP4': v2(IPV4),
  'v2 UDP6': v2(IPV6, '', 0x21, 0x22),
  'v2 LOCAL': v2(IPV4, tlv(2, 'no'), 0x20),
  'v2 UNIX': v2('a'.repeat(216), '', 0x21, 0x31),
  'v2 extensions': v2(IPV4, tlv(2, 'one') + tlv(4, 'two') + tlv(3, '\xff\0') + tlv(9, 'z')),
  'v2 no text': v2(IPV4, tlv(2, 'a\xffb\xc3\xa9\xe2\x82')),
  'v2 large': v2(IPV4, tlv(9, 'x'.repeat(3000)) + tlv(2, 'behind')),
  'v2 cut': v2(IPV4, '\x02\0\x05ab'),
  none: '',
}

async function sendAll(side: Side, listener: string): Promise<void> {
  for (const [name, header] of Object.entries(HEADERS)) {
    const bytes = Buffer.from(header + REQUEST, 'latin1')
    side.note(`${listener}: ${name}`, await exchange(side, listener, { pieces: [bytes] }))
  }
  await side.noteLog(listener, Object.keys(HEADERS).length)
}

differential('PROXY protocol: every header, by every setting', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        filteredListener('plain', [proxyProtocol({ rules: RULES })]),
        filteredListener('optional', [
          proxyProtocol({ rules: RULES, allow_requests_without_proxy_protocol: true, stat_prefix: 'optional' }),
        ]),
        filteredListener('first-only', [proxyProtocol({ disallowed_versions: ['V2'], stat_prefix: 'first-only' })]),
        filteredListener('state', [
          // One key: those of several have no order in Envoy.
          proxyProtocol({ rules: [RULES[0], RULES[2]], tlv_location: 'FILTER_STATE', stat_prefix: 'state' }),
        ]),
      ],
    },
  }),
  stats:
    /proxy_proto|^listener\.(?:plain|optional|first-only|state)\.(?!.*(?:length|accepted|worker_|http\.|cx_active))/,
  traffic: async (side) => {
    for (const name of ['plain', 'optional', 'first-only', 'state']) await sendAll(side, name)
  },
})

differential('PROXY protocol: in pieces, twice, by use_proxy_proto, only on some ports', {
  bootstrap: () => {
    const old = filteredListener('old', []) as { readonly filter_chains: readonly object[] }
    const range = { destination_port_range: { start: 1, end: 65_536 } }
    return {
      static_resources: {
        listeners: [
          filteredListener('pieces', [proxyProtocol({ rules: RULES })]),
          filteredListener('twice', [proxyProtocol({ stat_prefix: 'one' }), proxyProtocol({ stat_prefix: 'two' })]),
          filteredListener('disabled', [
            listenerFilter('proxy_protocol', 'ProxyProtocol', {}, { filter_disabled: range }),
          ]),
          // The first filter has set the destination's port when the second is asked.
          filteredListener('later', [
            proxyProtocol({ stat_prefix: 'first' }),
            listenerFilter(
              'proxy_protocol',
              'ProxyProtocol',
              { stat_prefix: 'second' },
              { filter_disabled: { not_match: { destination_port_range: { start: 22, end: 23 } } } },
            ),
          ]),
          { ...old, filter_chains: [{ ...old.filter_chains[0], use_proxy_proto: true }] },
        ],
      },
    }
  },
  stats: /proxy_proto/,
  traffic: async (side) => {
    const inPieces = (text: string) => ({
      pieces: Array.from(Buffer.from(text, 'latin1'), (byte) => Uint8Array.of(byte)),
    })
    side.note('v1', await exchange(side, 'pieces', inPieces(`${HEADERS['v1 TCP4']}${REQUEST}`)))
    side.note('v2', await exchange(side, 'pieces', inPieces(`${HEADERS['v2 extensions']}${REQUEST}`)))
    await side.noteLog('pieces', 2)
    const both = Buffer.from(`${HEADERS['v1 TCP4']}${HEADERS['v2 TCP4']}${REQUEST}`, 'latin1')
    side.note('two headers', await exchange(side, 'twice', { pieces: [both] }))
    await side.noteLog('twice', 1)
    side.note('disabled', await exchange(side, 'disabled', { pieces: [REQUEST] }))
    side.note('later, both', await exchange(side, 'later', { pieces: [both] }))
    const first = Buffer.from(`${HEADERS['v2 TCP4']}${REQUEST}`, 'latin1')
    side.note('later, one', await exchange(side, 'later', { pieces: [first] }))
    await side.noteLog('later', 2)
    side.note('old, one', await exchange(side, 'old', { pieces: [first] }))
    side.note('old, none', await exchange(side, 'old', { pieces: [REQUEST] }))
    await side.noteLog('old', 2)
  },
})
