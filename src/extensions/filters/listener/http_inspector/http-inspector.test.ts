import { expect, test } from 'bun:test'
import { createTestScope } from '../../../../../test/support/fake-scope.ts'
import { runInPieces, runListenerFilter, whatCameOf } from '../../../../../test/support/listener-filter-run.ts'
import type { FactoryContext } from '../../../../api/extension.ts'
import { extension } from './extension.ts'

function inspector() {
  const scope = createTestScope()
  return { factory: extension.create(undefined, { scope: scope.scope } as FactoryContext), scope }
}

function look(text: string): string {
  const { outcome, info, rest } = runInPieces(inspector().factory, Buffer.from(text, 'latin1'))
  if (outcome === 'passed') expect(rest).toBe(text)
  return outcome === 'passed' ? info.requestedApplicationProtocols.join() || 'none' : outcome
}

test.each([
  ['GET / HTTP/1.1\r\n', 'http/1.1'],
  ['GET / HTTP/1.1\nhost: a', 'http/1.1'],
  ['GET / HTTP/1.0\r\n', 'http/1.0'],
  ['GET / HTTP/2.0\r\n', 'http/1.0'],
  ['GET /\r\n', 'http/1.0'],
  ['FOO-BAR / HTTP/1.1\r\n', 'http/1.1'],
  ['GET /\x01 HTTP/1.1\r\n', 'http/1.1'],
  ['CONNECT a:1 HTTP/1.1\r\n', 'http/1.1'],
  ['POST http://a/b HTTP/1.1\r\n', 'http/1.1'],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nmore', 'h2c'],
  ['PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n', 'http/1.0'],
  ['POST / HTTP/1.1\r\n', 'http/1.1'],
  ['PRI * HTTP/2.0\r\n\r\n', 'waits'],
  ['GET / HTTP/1.1', 'waits'],
  ['\x16\x03\x01', 'none'],
  ['\r\nGET / HTTP/1.1\r\n', 'none'],
  [' GET / HTTP/1.1\r\n', 'none'],
  ['GET / http/1.1\r\n', 'none'],
  ['GET / HTTP/1.10\r\n', 'none'],
  ['GET\r\n', 'none'],
  ['GET /\x80 HTTP/1.1\r\n', 'none'],
  ['POST abc HTTP/1.1\r\n', 'none'],
])('http_inspector: %p', (text, expected) => {
  expect(look(text)).toBe(expected)
})

test('http_inspector: as long as 64 KiB, which nobody has to wait for in vain', () => {
  const line = (length: number) => `GET /${'a'.repeat(length - 16)} HTTP/1.1\r\n`.slice(0, length)
  const run = (text: string) => {
    const { factory, scope } = inspector()
    return { ...runListenerFilter(factory, [Buffer.from(text)]), stats: scope.nonZero() }
  }
  const long = run(`${line(65_536)}rest`)
  expect([long.outcome, long.asked, long.stats]).toEqual(['passed', 65_536, { 'http_inspector.http11_found': 1 }])
  const endless = run('a'.repeat(70_000))
  expect([endless.outcome, endless.asked, endless.stats]).toEqual([
    'closed',
    65_536,
    { 'http_inspector.read_error': 1 },
  ])
})

test('http_inspector: TLS is left alone', () => {
  const { factory } = inspector()
  const filter = factory()
  const info = { detectedTransportProtocol: 'tls' }
  expect(filter.onAccept({ info } as never)).toBe('continue')
})

test('http_inspector: whatever comes, in whatever pieces', () => {
  const seeds = [
    'GET / HTTP/1.1\r\nhost: a\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'POST http://a/b HTTP/1.0\r\n',
  ]
  const spice = Buffer.from('\r\n \0PRI/HTTP\x80\x16:*@', 'latin1')
  let state = 7
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % below
  }
  for (let round = 0; round < 1500; round++) {
    const bytes = Buffer.from(seeds[random(seeds.length)]!, 'latin1')
    for (let change = random(4); change > 0; change--) bytes[random(bytes.length)] = spice[random(spice.length)]!
    const cut = random(bytes.length)
    const { factory } = inspector()
    const whole = runListenerFilter(factory, [bytes])
    expect(whatCameOf(runListenerFilter(factory, [bytes.subarray(0, cut), bytes.subarray(cut)]))).toEqual(
      whatCameOf(whole),
    )
  }
})
