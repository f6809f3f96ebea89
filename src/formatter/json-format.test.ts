import { expect, test } from 'bun:test'
import type { FormatterContext } from '../api/access-log.ts'
import { newRequestHeaders } from '../codec/headers/request-headers.ts'
import { exampleStream } from './example-stream.test.ts'
import { compileJsonFormat } from './json-format.ts'
import type { JsonObject } from './json-text.ts'
import { BUILT_IN_OPERATORS } from './operators/all.ts'

function json(
  format: JsonObject,
  omitEmptyValues = false,
  context: FormatterContext = exampleStream().context,
): string {
  const errors: string[] = []
  const onError = (message: string) => void errors.push(message)
  const formatter = compileJsonFormat(format, { omitEmptyValues, operators: BUILT_IN_OPERATORS, onError })
  return errors.length > 0 ? errors.join('; ') : formatter.format(context)
}

test('a lone operator keeps its type, other text is a string, keys are sorted by their bytes', () => {
  const format = {
    a: '%PROTOCOL%',
    n: '%RESPONSE_CODE%',
    none: '%REQ(x-none)%',
    mix: '%REQ(x-none)% x',
    b: true,
    num: 3,
    f: 1.5,
    nul: null,
    l: ['%RESPONSE_CODE%', '%REQ(x-none)%', 'x', null, { z: '%REQ(x-none)%' }],
    o: { q: '%REQ(x-none)%' },
    e: '',
    lit: '%%',
    big: 12345678901234568,
    two: '%RESPONSE_CODE%%RESPONSE_CODE%',
    B: '1',
    ä: 'ü',
    '/': 'a/b<>&\u2028',
  }
  const expected =
    '{"/":"a/b<>&\u2028","B":"1","a":"HTTP/1.1","b":true,"big":12345678901234568,"e":"","f":1.5,' +
    '"l":[200,null,"x",null,{"z":null}],"lit":"%","mix":"- x","n":200,"none":null,"nul":null,"num":3,"o":{"q":null},' +
    '"two":"200200","ä":"ü"}\n'
  expect(json(format)).toBe(Buffer.from(expected).toString('latin1'))
})

test('omit_empty_values leaves out nulls and empty objects, not empty strings and lists', () => {
  const format = {
    a: '%PROTOCOL%',
    none: '%REQ(x-none)%',
    mix: '%REQ(x-none)% x',
    mix2: '%REQ(x-none)%%REQ(x-none)%',
    nul: null,
    l: ['%RESPONSE_CODE%', '%REQ(x-none)%', 'x', null, { z: '%REQ(x-none)%' }],
    ol: ['%REQ(x-none)%'],
    o: { q: '%REQ(x-none)%' },
    e: '',
    emptyv: '%REQ(x-empty)%',
    lrb: '%LOCAL_REPLY_BODY%',
    deep: { a: { b: '%REQ(x-none)%' } },
    el: [],
    eo: {},
  }
  expect(json(format, true)).toBe(
    '{"a":"HTTP/1.1","e":"","el":[],"emptyv":"","l":[200,"x"],"lrb":"","mix":" x","mix2":"","ol":[]}\n',
  )
})

test('bytes that are not UTF-8 come out as valid JSON', () => {
  const { context } = exampleStream()
  context.request = newRequestHeaders('GET', '/', 'a.test')
  context.request.add('x-bin', 'a\xff\xfeb')
  context.request.add('x-ctl', 'a\tb')
  context.request.add('x-utf', Buffer.from('ä☃').toString('latin1'))
  context.request.add('x-quote', 'say "hi"\\')
  const format = {
    bin: '%REQ(x-bin)%',
    ctl: '%REQ(x-ctl)%',
    utf: '%REQ(x-utf)%',
    q: '%REQ(x-quote)%',
    cut: '%REQ(x-utf):1%',
    // Each piece by itself.
    z: 'ü"%REQ(x-utf)%%REQ(x-bin)%%REQ(x-utf):1%%REQ(x-quote)%',
  }
  const expected =
    '{"bin":"a\\u00ff\\u00feb","ctl":"a\\tb","cut":"\\u00c3","q":"say \\"hi\\"\\\\","utf":"ä☃",' +
    '"z":"ü\\"ä☃a\\u00ff\\u00feb\\u00c3say \\"hi\\"\\\\"}\n'
  expect(json(format, false, context)).toBe(Buffer.from(expected).toString('latin1'))
})

test('metadata keeps its structure, inside text it is text', () => {
  const format = {
    all: '%CLUSTER_METADATA(m)%',
    one: '%CLUSTER_METADATA(m:k)%',
    mix: 'x%CLUSTER_METADATA(m:o)%',
    none: '%DYNAMIC_METADATA(a)%',
  }
  expect(json(format)).toBe(
    '{"all":{"k":"cv","o":{"x":1,"y":[true,null,"s"]}},"mix":"x{\\"x\\":1,\\"y\\":[true,null,\\"s\\"]}","none":null,"one":"cv"}\n',
  )
})

test('COALESCE keeps the type of what it found', () => {
  const format = {
    c: '%COALESCE({"operators":["RESPONSE_CODE"]})%',
    o: '%COALESCE({"operators":[{"command":"CLUSTER_METADATA","param":"m:o"}]})%',
    r: '%COALESCE({"operators":["ROUTE_NAME","PROTOCOL"]})%',
    n: '%COALESCE({"operators":[{"command":"REQ","param":"nope"}]})%',
  }
  expect(json(format)).toBe('{"c":200,"n":null,"o":{"x":1,"y":[true,null,"s"]},"r":"route-1"}\n')
})

test('an empty format, and a bad one', () => {
  expect(json({})).toBe('{}\n')
  expect(json({ a: '%NOPE%' })).toBe('Not supported field in StreamInfo: NOPE')
})

test('text that is not UTF-8 has its quotes and backslashes as numbers too', () => {
  const { context } = exampleStream()
  const request = newRequestHeaders('GET', '/', 'a')
  request.add('x-a', '"q"\\\u00e9')
  expect(json({ a: '%REQ(x-a)%' }, false, { ...context, request })).toBe(
    `{"a":"${String.raw`\u0022q\u0022\u005c\u00e9`}"}\n`,
  )
})

test('a length cuts texts and leaves other values whole', () => {
  const format = { cut: '%TYPED_CEL(request.method):2%', whole: '%TYPED_CEL(100):2%', none: '%TYPED_CEL(nope)%' }
  expect(json(format)).toBe('{"cut":"PO","none":null,"whole":100}\n')
})
