import { expect, test } from 'bun:test'
import { failureBody, failureDetails, failureStatus, flagOf } from './upstream-failure.ts'

test('upstream failure: a refused connection reads as Envoy writes it', () => {
  expect(failureBody('remote-connection-failure', false)).toBe(
    'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure',
  )
  expect(failureDetails('remote-connection-failure', false, 'delayed connect error: Connection refused')).toBe(
    'upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}',
  )
  expect(flagOf('remote-connection-failure')).toBe('UF')
  expect(failureStatus('remote-connection-failure')).toBe(503)
})

test('upstream failure: protocol errors are 502 UPE, and a retried request says so', () => {
  expect(failureStatus('protocol-error')).toBe(502)
  expect(flagOf('protocol-error')).toBe('UPE')
  expect(failureBody('connection-termination', true)).toContain(
    'retried and the latest reset reason: connection termination',
  )
  expect(failureDetails('connection-termination', true, '')).toBe(
    'upstream_reset_after_response_started{connection_termination}',
  )
})
