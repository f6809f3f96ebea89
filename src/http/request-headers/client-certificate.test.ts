/* Each expected value is what the real Envoy sent on for a client with this certificate. */
import { expect, test } from 'bun:test'
import type { SslConnectionInfo } from '../../api/network.ts'
import { newRequestHeaders } from '../../codec/headers/request-headers.ts'
import type { ClientCertSettings } from '../connection-manager-settings.ts'
import { DEFAULT_SETTINGS } from '../connection-manager-settings.ts'
import { mutateClientCertificate } from './client-certificate.ts'

const PEM = '-----BEGIN CERTIFICATE-----\nMII+/=\n-----END CERTIFICATE-----\n'
const SSL = {
  peerCertificatePresented: true,
  uriSanLocalCertificate: ['spiffe://srv'],
  sha256PeerCertificateDigest: '155e',
  urlEncodedPemEncodedPeerCertificate: encodeURIComponent(PEM),
  urlEncodedPemEncodedPeerCertificateChain: encodeURIComponent(PEM + PEM),
  subjectPeerCertificate: String.raw`CN=cli\"ent\\a,O=Judge`,
  issuerPeerCertificate: String.raw`CN=CA,O=My \"Org\"\, Inc`,
  uriSanPeerCertificate: ['spiffe://a/b', 'http://x/?a=1;b'],
  dnsSansPeerCertificate: ['one.test', 'two.test'],
} as unknown as SslConnectionInfo

const NAMELESS: SslConnectionInfo = {
  ...SSL,
  uriSanLocalCertificate: [],
  uriSanPeerCertificate: [],
  dnsSansPeerCertificate: [],
  subjectPeerCertificate: 'CN=plain',
}

function forwarded(settings: Partial<ClientCertSettings>, before?: string, ssl = SSL): string | undefined {
  const headers = newRequestHeaders('GET', '/', 'a')
  if (before !== undefined) headers.set('x-forwarded-client-cert', before)
  mutateClientCertificate(headers, { ...DEFAULT_SETTINGS.clientCert, details: 'SANITIZE_SET', ...settings }, ssl)
  return headers.get('x-forwarded-client-cert')
}

const NAMES = { subject: true, issuer: true, dns: true, uri: true }

test('as a text', () => {
  expect(forwarded(NAMES)).toBe(
    String.raw`By=spiffe://srv;Hash=155e;Subject="CN=cli\"ent\\a,O=Judge";URI=spiffe://a/b;URI=http://x/?a=1;b;DNS=one.test;DNS=two.test;Issuer="CN=CA,O=My \"Org\"\, Inc"`,
  )
})

test('as JSON', () => {
  const format = 'JSON'
  expect(forwarded({ ...NAMES, format })).toBe(
    String.raw`[{"by":["spiffe://srv"],"hash":"155e","subject":"CN=cli\\\"ent\\\\a,O=Judge","uri":["spiffe://a/b","http://x/?a=1;b"],"dns":["one.test","two.test"],"issuer":"CN=CA,O=My \\\"Org\\\"\\, Inc"}]`,
  )
  expect(forwarded({ format })).toBe('[{"by":["spiffe://srv"],"hash":"155e"}]')
  expect(forwarded({ format, cert: true, chain: true })).toBe(
    `[{"by":["spiffe://srv"],"hash":"155e","cert":${JSON.stringify(PEM)},"chain":${JSON.stringify([PEM, PEM])}}]`,
  )
  const plain = forwarded({ format, subject: true, uri: true, dns: true }, undefined, NAMELESS)
  expect(plain).toBe('[{"hash":"155e","subject":"CN=plain"}]')
})

test('JSON goes into a list that is there, and is a text behind anything else', () => {
  const appended = (before: string) => forwarded({ format: 'JSON', details: 'APPEND_FORWARD' }, before)
  const own = '{"by":["spiffe://srv"],"hash":"155e"}'
  const text = 'By=spiffe://srv;Hash=155e'
  expect(appended('')).toBe(`[${own}]`)
  expect(appended('[{"by":["x"]}]')).toBe(`[{"by":["x"]},${own}]`)
  expect(appended('[]')).toBe(`[,${own}]`)
  expect(appended('["a"],["b"]')).toBe(`["a"],["b",${own}]`)
  expect(appended('By=a;Hash=b')).toBe(`By=a;Hash=b,${text}`)
  expect(appended('{"by":["x"]}')).toBe(`{"by":["x"]},${text}`)
  expect(appended('[1')).toBe(`[1,${text}`)
})
