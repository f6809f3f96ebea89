import { expect, test } from 'bun:test'
import { loadBootstrap } from '../load-bootstrap.ts'
import { envoySchema } from '../schema/envoy-schema.ts'
import { TextProblem } from './text-tokens.ts'
import { textTree } from './text-tree.ts'
import { wireTree } from './wire-tree.ts'
import { WireProblem } from './wire.ts'

/** One field with a length: a message, a text, bytes. */
function sized(number: number, ...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
  return Buffer.concat([varint((BigInt(number) << 3n) | 2n), varint(BigInt(body.length)), body])
}

function numbered(number: number, value: bigint): Uint8Array {
  return Buffer.concat([varint(BigInt(number) << 3n), varint(value)])
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0))
    if (rest <= 0x7fn) return Uint8Array.from(bytes)
  }
}

function load(name: string, bytes: string | Uint8Array) {
  return loadBootstrap({ path: name, readFile: () => (typeof bytes === 'string' ? Buffer.from(bytes) : bytes) })
}

const socket = sized(1, sized(2, '127.0.0.1'), numbered(3, 9901n))
const textual = `
# the same in text
node { id: "a" 'b' metadata { fields { key: "k" value { number_value: 5 } } fields: < key: "l" value: { list_value { values { bool_value: true } } } > } }
static_resources {
  clusters: [{ name: "c", type: STRICT_DNS; connect_timeout { nanos: 250000000 }
    per_connection_buffer_limit_bytes { value: 0x10 }
    typed_extension_protocol_options {
      key: "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
      value { [type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions] { explicit_http_config { http_protocol_options {} } } }
    }
  }]
}
admin { address { socket_address { address: "127.0.0.1" port_value: 9901 } } }
`

const sameInBinary = Buffer.concat([
  sized(
    1,
    sized(1, 'ab'),
    sized(
      3,
      sized(1, sized(1, 'k'), sized(2, Buffer.from([0x11, 0, 0, 0, 0, 0, 0, 0x14, 0x40]))),
      sized(1, sized(1, 'l'), sized(2, sized(6, sized(1, numbered(4, 1n))))),
    ),
  ),
  sized(
    2,
    sized(
      2,
      sized(1, 'c'),
      numbered(2, 1n),
      sized(4, numbered(2, 250_000_000n)),
      sized(5, numbered(1, 16n)),
      sized(
        36,
        sized(1, 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'),
        sized(
          2,
          sized(1, 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions'),
          sized(2, sized(3, sized(1))),
        ),
      ),
    ),
  ),
  sized(12, sized(3, socket)),
])

const expected = {
  node: { id: 'ab', metadata: { k: 5, l: [true] } },
  static_resources: {
    clusters: [
      {
        name: 'c',
        type: 'STRICT_DNS',
        connect_timeout: '0.250s',
        per_connection_buffer_limit_bytes: 16,
        typed_extension_protocol_options: {
          'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
            '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
            explicit_http_config: { http_protocol_options: {} },
          },
        },
      },
    ],
  },
  admin: { address: { socket_address: { address: '127.0.0.1', port_value: 9901 } } },
}

test('text and binary bootstraps give the message that YAML would', () => {
  const text = load('a.pb_text', textual)
  expect(text.errors).toEqual([])
  expect(text.message).toEqual(expected)
  const binary = load('a.pb', sameInBinary)
  expect(binary.errors).toEqual([])
  expect(binary.message).toEqual(expected)
})

test('findings in a text bootstrap have their places', () => {
  const { errors } = load('a.pb_text', 'admin {\n  address { socket_address { address: "x" port_value: 70000 } }\n}\n')
  expect(errors.map(({ id, place }) => [id, place?.line, place?.column])).toEqual([['NU108', 2, 55]])
})

test('broken protobuf is refused, not thrown', () => {
  const twoOfAOneof = 'node { user_agent_version: "a" user_agent_build_version {} }'
  for (const bytes of [Buffer.from([0x0a, 5, 1]), Buffer.from([0xff]), Buffer.from([0x0f])]) {
    const { ok, errors } = load('a.pb', bytes)
    expect([ok, errors[0]?.id]).toEqual([false, 'NU305'])
  }
  for (const text of ['node {', 'node { id "a" }', 'node { id: "\\q" }', 'node { id: "a', '$', '] {', twoOfAOneof]) {
    const { ok, errors } = load('a.pb_text', text)
    expect([text, ok, errors[0]?.id]).toEqual([text, false, 'NU305'])
  }
  const { errors } = load('a.pb', numbered(99, 1n))
  expect(errors.map(({ message }) => message)).toEqual(['unknown field "#99" in Bootstrap'])
})

test('the last field of a oneof counts; numbers keep their sign and size', () => {
  const type = 'google.protobuf.Value'
  expect(wireTree(envoySchema, type, Buffer.concat([sized(3, 'x'), numbered(4, 1n)]))).toBe(true)
  const socketOption = 'envoy.config.core.v3.SocketOption'
  expect(wireTree(envoySchema, socketOption, Buffer.concat([numbered(2, -1n), numbered(4, -5n)]))).toEqual({
    level: -1n,
    int_value: -5n,
  })
  expect(textTree(envoySchema, socketOption, 'level: -1 int_value: 017')).toEqual({ level: -1n, int_value: 15n })
})

test('texts mean what they mean to protobuf', () => {
  const node = 'envoy.config.core.v3.Node'
  for (const [text, id] of [
    ['id: "\\U00110000"', '\\U00110000'],
    ['id: "\\ud83d\\ude00" \'!\'', '😀!'],
    ['id: "\\303\\251\\u00e9"', 'éé'],
  ])
    expect([text, textTree(envoySchema, node, text!)]).toEqual([text!, { id }])
  const duration = { '@type': 'type.googleapis.com/google.protobuf.Duration', value: { seconds: 5n } }
  for (const text of [
    '[type.googleapis.com/google.protobuf.Duration] { seconds: 5 }',
    'type_url: "type.googleapis.com/google.protobuf.Duration" value: "\\x08\\x05"',
  ])
    expect(textTree(envoySchema, 'google.protobuf.Any', text)).toEqual(duration)
})

const WORDS = ['[', ']', ',', '-', '"\\U00ffffff"', '"\\xff"', '1e5', 'nan']

test('words in any order give a message or a TextProblem', () => {
  let seed = 11
  const random = (): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) >> 8
  const words: readonly string[] = [...(textual.match(/"[^"]*"|\w+|\S/g) ?? []), ...WORDS]
  for (let round = 0; round < 2000; round++) {
    const some = [...words]
    for (let changes = 0; changes < 3; changes++) some[random() % some.length] = words[random() % words.length] ?? ''
    try {
      textTree(
        envoySchema,
        'envoy.config.bootstrap.v3.Bootstrap',
        some.slice(0, 1 + (random() % some.length)).join(' '),
      )
    } catch (problem) {
      expect(problem).toBeInstanceOf(TextProblem)
    }
  }
})

test('random bytes give a message or a WireProblem', () => {
  let seed = 7
  const random = (): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) >> 8
  for (let round = 0; round < 2000; round++) {
    const bytes = Uint8Array.from(sameInBinary)
    for (let flips = 0; flips < 4; flips++) bytes[random() % bytes.length] = random() & 0xff
    try {
      wireTree(envoySchema, 'envoy.config.bootstrap.v3.Bootstrap', bytes)
    } catch (problem) {
      expect(problem).toBeInstanceOf(WireProblem)
    }
  }
})
