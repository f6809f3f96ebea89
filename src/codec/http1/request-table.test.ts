/** Raw requests and what Envoy 1.40 made of them, in three configurations. The table is not part of the repository. */
import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Http1ClientSettings, Http1ServerSettings } from './settings.ts'
import { DEFAULT_HTTP1_CLIENT_SETTINGS, DEFAULT_HTTP1_SERVER_SETTINGS } from './settings.ts'
import { ForwardingServer } from './testing/forwarding.ts'
import { RecordingServer } from './testing/recording.ts'

const TABLE = join(import.meta.dir, '../../../../shared/peer/http1/requests.jsonl')

interface Golden {
  readonly status: readonly number[]
  readonly forwarded_b64?: readonly string[]
  readonly access_log: readonly { code: number; details: string; protocol: string }[]
  readonly outcome?: string
}

interface Case {
  readonly id: string
  readonly raw_b64: string
  readonly golden: Readonly<Record<string, Golden>>
}

interface Variant {
  readonly server: Http1ServerSettings
  readonly client: Http1ClientSettings
  readonly defaultHost: string | undefined
}

const VARIANTS: Readonly<Record<string, Variant>> = {
  default: { server: DEFAULT_HTTP1_SERVER_SETTINGS, client: DEFAULT_HTTP1_CLIENT_SETTINGS, defaultHost: undefined },
  edge: {
    server: { ...DEFAULT_HTTP1_SERVER_SETTINGS, underscoresAction: 'reject-request' },
    client: DEFAULT_HTTP1_CLIENT_SETTINGS,
    defaultHost: undefined,
  },
  lenient: {
    server: {
      ...DEFAULT_HTTP1_SERVER_SETTINGS,
      acceptHttp10: true,
      allowChunkedLength: true,
      enableTrailers: true,
      underscoresAction: 'drop-header',
    },
    client: { ...DEFAULT_HTTP1_CLIENT_SETTINGS, enableTrailers: true },
    defaultHost: 'default.test',
  },
}

const cases: readonly Case[] = existsSync(TABLE)
  ? readFileSync(TABLE, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line): Case => JSON.parse(line))
  : []
if (cases.length === 0) console.log('request-table.test.ts: no table of requests beside the repository, skipped')

const bytesOf = (item: Case): Buffer => Buffer.from(item.raw_b64, 'base64')

/** The same bytes whole, one by one, and with something behind them. */
const SPLITS: readonly ((raw: Buffer) => Buffer[])[] = [
  (raw) => [...raw].map((byte) => Buffer.of(byte)),
  (raw) => [raw.subarray(0, raw.length >> 1), raw.subarray(raw.length >> 1)],
  (raw) => [raw.subarray(0, 7), raw.subarray(7)],
]

describe.skipIf(cases.length === 0)('table of requests', () => {
  for (const [name, variant] of Object.entries(VARIANTS)) {
    test(`${name}: how the bytes are cut does not matter`, () => {
      for (const item of cases) {
        const raw = bytesOf(item)
        const whole = record(variant, [raw])
        for (const split of SPLITS) {
          const parts = record(variant, split(raw))
          expect({ id: item.id, events: upToError(parts, whole) }).toEqual({ id: item.id, events: whole })
        }
      }
    })

    test(`${name}: what follows a request does not change it`, () => {
      for (const item of cases) {
        const raw = bytesOf(item)
        const whole = record(variant, [raw])
        if (whole.at(-1) !== 'end') continue
        const tailed = record(variant, [Buffer.concat([raw, Buffer.from('GET /tail HTTP/1.1\r\nHost: t\r\n\r\n')])])
        expect({ id: item.id, events: tailed.slice(0, whole.length) }).toEqual({ id: item.id, events: whole })
      }
    })

    test(`${name}: refused and accepted as Envoy does`, () => {
      const wrong: string[] = []
      for (const item of cases) {
        const golden = item.golden[name]
        if (golden === undefined || golden.access_log.length === 0) continue
        const problem = compare(item, golden, variant)
        if (problem !== undefined) wrong.push(`${item.id}: ${problem}`)
      }
      expect(wrong).toEqual([])
    })
  }
})

function record(variant: Variant, pieces: readonly Uint8Array[]): string[] {
  const server = new RecordingServer(variant.server)
  server.feed(pieces)
  return server.summary()
}

/** Bytes that come in one piece with an error are not delivered; in pieces they are. */
function upToError(events: readonly string[], whole: readonly string[]): readonly string[] {
  if (!whole.at(-1)?.startsWith('error ')) return events
  return events.filter((event, index) => !event.startsWith('data ') || whole[index] === event)
}

function compare(item: Case, golden: Golden, variant: Variant): string | undefined {
  const server = new ForwardingServer(variant.server, variant.client, variant.defaultHost)
  server.feed(bytesOf(item))
  for (const [index, entry] of golden.access_log.entries()) {
    const request = server.requests[index]
    if (/^(?:http1\.|http\.invalid|low_version)/.test(entry.details)) {
      const got = server.error === undefined ? 'accepted' : `${server.error.status} ${server.error.details}`
      const expected = `${entry.code} ${entry.details}`
      if (got !== expected) return `${got}, Envoy ${expected}`
      return server.requests.length === index + 1 ? undefined : `error at request ${server.requests.length}`
    }
    if (request === undefined) return `no request ${index}, Envoy ${entry.details}`
    if (server.error !== undefined && server.requests.length === index + 1) {
      // Envoy's upstream answered before the body turned out to be bad.
      return `${server.error.status} ${server.error.details}, Envoy ${entry.code} ${entry.details}`
    }
    if (entry.details !== 'via_upstream') return undefined
    const expected = golden.forwarded_b64?.[index]
    if (expected === undefined) continue
    const want = comparable(Buffer.from(expected, 'base64').latin1Slice())
    const got = comparable(request.wire)
    if (got !== want) return `forwarded\n${JSON.stringify(got)}\nEnvoy\n${JSON.stringify(want)}`
  }
  return undefined
}

/** Without what the connection manager adds or rewrites. */
function comparable(wire: string): string {
  const end = wire.indexOf('\r\n\r\n')
  const lines = wire.slice(0, end).split('\r\n')
  const kept = lines.slice(1).filter((line) => !/^(?:x-forwarded-|x-request-id|x-envoy-|host:)/.test(line))
  return [lines[0]!.split(' ')[0], ...kept].join('\r\n') + wire.slice(end)
}
