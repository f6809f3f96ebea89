import { expect, test } from 'bun:test'
import { alpn, clientHello, extension, serverName } from '../../../../../test/support/client-hello.ts'
import { createTestScope } from '../../../../../test/support/fake-scope.ts'
import { runListenerFilter, runInPieces } from '../../../../../test/support/listener-filter-run.ts'
import type { FactoryContext } from '../../../../api/extension.ts'
import { parseMessage } from '../../../../config/parse-message.ts'
import { parseRoot } from '../../../../config/parse-root.ts'
import { parseTlsInspector } from './config.ts'
import { extension as tlsInspector } from './extension.ts'

const TYPE = 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector'

function inspector(yaml: string) {
  const message = parseMessage(TYPE, yaml)
  if (!message.ok) throw new Error(message.errors.map((error) => error.message).join('\n'))
  const parsed = parseRoot(TYPE, message.value, {}, parseTlsInspector)
  if (!parsed.ok) throw new Error(parsed.errors.map((error) => error.message).join('\n'))
  const scope = createTestScope()
  return { factory: tlsInspector.create(parsed.value, { scope: scope.scope } as FactoryContext), scope }
}

function look(bytes: Uint8Array, yaml = '{}') {
  const { factory, scope } = inspector(yaml)
  const { outcome, info, rest, streamInfo, asked } = runInPieces(factory, bytes)
  if (outcome === 'passed') expect(rest).toBe(Buffer.from(bytes).toString('latin1'))
  const reason = streamInfo.dynamicMetadata?.get('envoy.filters.listener.tls_inspector')?.['failure_reason']
  // Twice: whole and byte by byte.
  const stats = Object.entries(scope.nonZero()).map(([name, value]) => `${name.split('.')[1]} ${value / 2}`)
  return { outcome, info, reason, failure: streamInfo.downstreamTransportFailureReason, stats: stats.sort(), asked }
}

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')

test('tls_inspector: name, protocols and transport; nothing is taken away', () => {
  const seen = look(clientHello({ extensions: [serverName('Www.Example.COM'), alpn('h2', 'http/1.1')] }))
  expect(seen.outcome).toBe('passed')
  expect(seen.info).toMatchObject({
    requestedServerName: 'www.example.com',
    requestedApplicationProtocols: ['h2', 'http/1.1'],
    detectedTransportProtocol: 'tls',
  })
  expect([seen.info.ja3Hash, seen.info.ja4Hash, seen.reason, seen.failure]).toEqual(Array(4).fill(undefined))
  expect(seen.stats).toEqual(['alpn_found 1', 'sni_found 1', 'tls_found 1'])
  expect(look(clientHello()).stats).toEqual(['alpn_not_found 1', 'sni_not_found 1', 'tls_found 1'])
})

test('tls_inspector: fingerprints where they are asked for', () => {
  const bytes = clientHello({ extensions: [serverName('a.com')] })
  const { info } = look(bytes, '{enable_ja3_fingerprinting: true, enable_ja4_fingerprinting: true}')
  expect(info.ja3Hash).toBe('349640b9e304f8ea23a8e0f71dde2248')
  expect(info.ja4Hash).toBe('t12d020100_c1929292aa6b_000000000000')
})

test('tls_inspector: what is not TLS goes on, or is closed', () => {
  const http = look(latin1('GET / HTTP/1.1\r\n\r\n'))
  expect([http.outcome, http.info.detectedTransportProtocol, http.reason]).toEqual([
    'passed',
    'raw_buffer',
    'ClientHelloNotDetected',
  ])
  expect(http.failure).toBe('TLS_error|error:1000009c:SSL routines:OPENSSL_internal:HTTP_REQUEST:TLS_error_end')
  expect(http.stats).toEqual(['tls_not_found 1'])
  const closed = look(latin1('GET / HTTP/1.1\r\n\r\n'), '{close_connection_on_client_hello_parsing_errors: true}')
  expect([closed.outcome, closed.reason, closed.stats]).toEqual([
    'closed',
    'ClientHelloNotDetected',
    ['tls_not_found 1'],
  ])
})

test('tls_inspector: a farewell is no error', () => {
  const seen = look(latin1('\x15\x03\x01\0\x02\x01\0'))
  expect([seen.outcome, seen.stats]).toEqual(['closed', []])
})

test('tls_inspector: versions that nobody speaks are closed', () => {
  for (const version of [0x0300, 0x0305, 0x0200]) {
    const seen = look(clientHello({ version, extensions: [serverName('a.com')] }))
    expect([seen.outcome, seen.reason]).toEqual(['closed', 'ClientHelloInvalidTlsVersion'])
    expect(seen.stats).toEqual(['sni_found 1', 'tls_not_found 1'])
  }
})

test('tls_inspector: no more than is allowed, and no more than is needed at first', () => {
  const large = clientHello({ extensions: [serverName('a.com'), extension(21, Buffer.alloc(15_000))] })
  const growing = look(large, '{initial_read_buffer_size: 256}')
  expect([growing.outcome, growing.info.requestedServerName, growing.asked]).toEqual(['passed', 'a.com', 16_384])
  const limited = look(large, '{initial_read_buffer_size: 256, max_client_hello_size: 512}')
  expect([limited.outcome, limited.reason, limited.asked]).toEqual(['closed', 'ClientHelloTooLarge', 512])
  expect(limited.stats).toEqual(['client_hello_too_large 1'])
  const tooLarge = clientHello({ extensions: [extension(21, Buffer.alloc(16_330))] })
  expect(look(tooLarge).reason).toBe('ClientHelloTooLarge')
  const text = latin1('x'.repeat(20_000))
  const { factory } = inspector('{close_connection_on_client_hello_parsing_errors: true}')
  const plain = runListenerFilter(factory, [text])
  expect(plain.streamInfo.dynamicMetadata?.get('envoy.filters.listener.tls_inspector')).toEqual({
    failure_reason: 'ClientHelloTooLarge',
  })
})
