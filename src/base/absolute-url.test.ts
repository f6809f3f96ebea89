import { expect, test } from 'bun:test'
import { parseAbsoluteUrl } from './absolute-url.ts'

test('an absolute URL: its host and port, who is named before them, and a fragment', () => {
  const parts = { hostAndPort: 'a.test:80', userInformation: 'u:p', fragment: 'f?#' }
  expect(parseAbsoluteUrl('x+y.z-1://u:p@a.test:80/p?q@#f?#')).toEqual(parts)
  expect(parseAbsoluteUrl('http://@[::1]?#')).toEqual({ hostAndPort: '[::1]', userInformation: '', fragment: '' })
})

test('no absolute URL: hosts, ports and characters that are none', () => {
  const texts = [
    'a.test',
    '//a',
    'http:/a',
    'http:a',
    'http://',
    'http:///x',
    '1h://a',
    'http://a_b',
    'http://a#x',
    'http://a@b@c',
  ]
  const more = [
    'http://a:',
    'http://a:65536',
    'http://a:8x',
    'http://[::1',
    'http://[zz]',
    'http://[1:2]',
    'http://[.]',
    'http://a/ x',
    'http://a/\u00e9',
  ]
  for (const text of [...texts, ...more]) expect([text, parseAbsoluteUrl(text)]).toEqual([text, undefined])
})
