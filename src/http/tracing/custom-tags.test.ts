import { expect, test } from 'bun:test'
import { detachedStreamInfo } from '../../network/detached-stream-info.ts'
import { SimulatedDispatcher } from '../../event/simulated-dispatcher.ts'
import { trustedReader } from '../../config/reader/trusted-reader.ts'
import { newRequestHeaders } from '../../codec/headers/request-headers.ts'
import { readCustomTags } from './custom-tags.ts'

const TRACING = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing'

function textOf(tag: Readonly<Record<string, unknown>>): string | undefined {
  const [read] = readCustomTags(trustedReader(TRACING, { custom_tags: [{ tag: 't', ...tag }] }))
  const request = newRequestHeaders('GET', '/p', 'a.test')
  request.add('x-a', 'one')
  request.add('x-a', 'two')
  const streamInfo = detachedStreamInfo(new SimulatedDispatcher())
  streamInfo.setDynamicMetadata('ns', { text: 'é', number: 1234567, no: false, list: [1], empty: '', nothing: null })
  const response = undefined
  return read?.text({
    request,
    response,
    responseTrailers: undefined,
    streamInfo,
    localReplyBody: '',
    logType: 'NotSet',
  })
}

const metadata = (...path: readonly string[]) => ({
  metadata: {
    kind: { request: {} },
    metadata_key: { key: 'ns', path: path.map((key) => ({ key })) },
    default_value: 'default',
  },
})

test.each([
  ['a literal', { literal: { value: 'é' } }, '\xc3\xa9'],
  ['a variable that is not set', { environment: { name: 'NO_SUCH_VARIABLE', default_value: 'd' } }, 'd'],
  ['a variable without default', { environment: { name: 'NO_SUCH_VARIABLE' } }, undefined],
  ['the first header of a name', { request_header: { name: 'X-A' } }, 'one'],
  ['a pseudo-header', { request_header: { name: ':path' } }, '/p'],
  ['a header that is not there', { request_header: { name: 'x-b', default_value: 'd' } }, 'd'],
  ['a format', { value: '%REQ(:path)%-%REQ(x-b)%' }, '/p-'],
  ['a format of nothing', { value: '%REQ(x-b)%' }, undefined],
  ['text of metadata', metadata('text'), '\xc3\xa9'],
  ['a number with six digits', metadata('number'), '1.23457e+06'],
  ['a truth', metadata('no'), 'false'],
  ['a list', metadata('list'), '[1]'],
  ['an empty text', metadata('empty'), ''],
  ['null', metadata('nothing'), 'default'],
  ['metadata that is not there', metadata('text', 'deeper'), 'default'],
])('the text of %s', (_name, tag, text) => {
  expect(textOf(tag)).toBe(text as string)
})

test('the first tag of a name counts', () => {
  const twice = { custom_tags: ['one', 'two'].map((value) => ({ tag: 't', literal: { value } })) }
  expect(readCustomTags(trustedReader(TRACING, twice))).toHaveLength(1)
})
