/** Raw upstream responses and what Envoy 1.40 made of them. The table is not part of the repository. */
import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProtocolError, ResponseEncoder } from '../../api/codec.ts'
import { ByteQueue } from '../../base/byte-queue.ts'
import { newRequestHeaders } from '../headers/request-headers.ts'
import { createHttp1ClientCodec } from './client-codec.ts'
import { createHttp1ServerCodec } from './server-codec.ts'
import { DEFAULT_HTTP1_CLIENT_SETTINGS, DEFAULT_HTTP1_SERVER_SETTINGS } from './settings.ts'
import { RecordingResponse } from './testing/recording.ts'

const TABLE = join(import.meta.dir, '../../../../shared/peer/http1/responses.jsonl')

interface Case {
  readonly id: string
  readonly method: string
  readonly raw_b64: string
  readonly upstream_closes: boolean
  readonly golden: Readonly<
    Record<string, { response_b64: string; status: readonly number[]; access_log: readonly { details: string }[] }>
  >
}

const cases: readonly Case[] = existsSync(TABLE)
  ? readFileSync(TABLE, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line): Case => JSON.parse(line))
  : []
if (cases.length === 0) console.log('response-table.test.ts: no table of responses beside the repository, skipped')

describe.skipIf(cases.length === 0)('table of responses', () => {
  for (const name of ['default', 'lenient']) {
    test(`${name}: accepted, refused and passed on as Envoy does`, () => {
      const wrong: string[] = []
      for (const item of cases) {
        const golden = item.golden[name]
        if (golden === undefined) continue
        const { details } = golden.access_log[0]!
        const { error, wire } = relay(item, name === 'lenient')
        if (details.startsWith('upstream_reset_before')) {
          const expected = details.includes('protocol_error') ? 502 : undefined
          if (wire !== '' || error?.status !== expected) wrong.push(`${item.id}: ${error?.status} ${wire}`)
          continue
        }
        if (details.includes('{protocol_error}') !== (error !== undefined) && !item.id.includes('extra')) {
          // Bytes behind the response end the connection, not the response.
          if (!/304-body|extra/.test(item.id)) wrong.push(`${item.id}: error ${error?.message}`)
        }
        const want = comparable(Buffer.from(golden.response_b64, 'base64').latin1Slice())
        if (golden.status.length > 0 && comparable(wire) !== want) {
          wrong.push(`${item.id}:\n${JSON.stringify(comparable(wire))}\nEnvoy\n${JSON.stringify(want)}`)
        }
      }
      expect(wrong).toEqual([])
    })
  }

  test('how the bytes are cut does not matter', () => {
    for (const item of cases) {
      const raw = Buffer.from(item.raw_b64, 'base64')
      const whole = record(item, [raw])
      const parts = record(
        item,
        [...raw].map((byte) => Buffer.of(byte)),
      )
      expect({ id: item.id, ...parts }).toEqual({ id: item.id, ...whole })
    }
  })
})

function request(item: Case): ReturnType<typeof newRequestHeaders> {
  return newRequestHeaders(item.method, '/', 'a.test')
}

function record(item: Case, pieces: readonly Buffer[]): { events: string[]; error: string | undefined } {
  const codec = createHttp1ClientCodec(
    { write: () => undefined, writeComposed: () => undefined, onGoAway: () => undefined },
    DEFAULT_HTTP1_CLIENT_SETTINGS,
  )
  const response = new RecordingResponse()
  codec.newStream(response).encodeHeaders(request(item), true)
  let error: ProtocolError | undefined
  for (const piece of pieces) error ??= codec.dispatch(Buffer.from(piece))
  if (item.upstream_closes) error ??= codec.onPeerEnd()
  const events: string[] = []
  for (const event of response.events) {
    if (event.startsWith('data ') && events.at(-1)?.startsWith('data ')) events.push(events.pop()! + event.slice(5))
    else events.push(event)
  }
  return { events, error: error?.message }
}

/** From a client codec to a server codec, with what the connection manager strips stripped. */
function relay(item: Case, trailers: boolean): { error: ProtocolError | undefined; wire: string } {
  let wire = ''
  let encoder: ResponseEncoder | undefined
  const nothing = (): void => undefined
  const server = createHttp1ServerCodec(
    {
      newStream: (given) => {
        encoder = given
        const ignore = { onReset: nothing, onAboveHighWatermark: nothing, onBelowLowWatermark: nothing }
        return { decodeHeaders: nothing, decodeData: nothing, decodeTrailers: nothing, ...ignore }
      },
      write: (chunk) => {
        wire += typeof chunk === 'string' ? chunk : Buffer.from(chunk).latin1Slice()
      },
      writeComposed: ({ bytes, length }) => {
        wire += bytes.latin1Slice(0, length)
      },
      onGoAway: nothing,
    },
    { ...DEFAULT_HTTP1_SERVER_SETTINGS, enableTrailers: trailers },
  )
  server.dispatch(Buffer.from(`${item.method} / HTTP/1.1\r\nHost: a\r\n\r\n`))
  const client = createHttp1ClientCodec(
    { write: nothing, writeComposed: nothing, onGoAway: nothing },
    { ...DEFAULT_HTTP1_CLIENT_SETTINGS, enableTrailers: trailers },
  )
  const out = encoder!
  const stream = client.newStream({
    decode1xx: nothing,
    decodeHeaders: (headers, end) => {
      const hops = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']
      for (const name of hops) headers.remove(name)
      out.encodeHeaders(headers, end)
    },
    decodeData: (data, end) => {
      const copy = new ByteQueue()
      data.moveTo(copy)
      out.encodeData(copy, end)
    },
    decodeTrailers: (fields) => out.encodeTrailers(fields),
    onReset: nothing,
    onAboveHighWatermark: nothing,
    onBelowLowWatermark: nothing,
  })
  stream.encodeHeaders(request(item), true)
  const error = client.dispatch(Buffer.from(item.raw_b64, 'base64'))
  return { error: error ?? (item.upstream_closes ? client.onPeerEnd() : undefined), wire }
}

/** Without what the connection manager adds or rewrites. */
function comparable(wire: string): string {
  const end = wire.indexOf('\r\n\r\n')
  const lines = wire.slice(0, end).split('\r\n')
  return lines.filter((line) => !/^(?:x-envoy-|date:|server:)/.test(line)).join('\r\n') + wire.slice(end)
}
