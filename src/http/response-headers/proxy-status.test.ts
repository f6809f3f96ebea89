import { expect, test } from 'bun:test'
import type { ResponseFlag, StreamInfo } from '../../api/stream-info.ts'
import { newResponseHeaders } from '../../codec/headers/response-headers.ts'
import type { ProxyStatusSettings } from './proxy-status.ts'
import { addProxyStatus } from './proxy-status.ts'

const WHOLE: ProxyStatusSettings = {
  name: { of: 'server' },
  details: true,
  connectionTerminationDetails: true,
  responseFlags: true,
  setRecommendedStatus: false,
}

function status(flags: readonly ResponseFlag[], settings: Partial<ProxyStatusSettings> = {}, before?: string) {
  const headers = newResponseHeaders(503)
  if (before !== undefined) headers.set('proxy-status', before)
  const info = { flags, hasFlag: (flag: ResponseFlag) => flags.includes(flag), responseCodeDetails: 'a "b"' }
  addProxyStatus(headers, info as unknown as StreamInfo, { ...WHOLE, ...settings }, 'me')
  return { text: headers.get('proxy-status'), status: headers.status }
}

test('proxy status: nothing without a fault of this proxy', () => {
  expect(status([])).toEqual({ text: undefined, status: 503 })
  expect(status(['DI'], {}, 'other; error=x')).toEqual({ text: 'other; error=x', status: 503 })
})

test('proxy status: the most telling flag, all of them in the details', () => {
  expect(status(['URX', 'UF']).text).toBe(String.raw`me; error=connection_refused; details="a \"b\"; URX,UF"`)
  expect(status(['UF'], { responseFlags: false }).text).toBe(
    String.raw`me; error=connection_refused; details="a \"b\""`,
  )
  expect(status(['NR'], { details: false }).text).toBe('me; error=destination_not_found')
})

test('proxy status: behind that of the upstream, with the recommended status on demand', () => {
  expect(status(['UF'], { details: false, setRecommendedStatus: true }, 'up')).toEqual({
    text: 'up, me; error=connection_refused',
    status: 502,
  })
  expect(status(['DPE'], { details: false, setRecommendedStatus: true }).status).toBe(503)
})
