import { expect, test } from 'bun:test'
import { refusedField } from './field-syntax.ts'
import { newRequestHeaders } from './request-headers.ts'

const refusalOf = (name: string, value: string) => {
  const headers = newRequestHeaders('GET', '/', 'a.test')
  headers.set(name, value)
  return refusedField(headers)
}

test('refused fields: names that are no tokens, escaped', () => {
  expect(refusalOf('x-a', 'b')).toBeUndefined()
  expect(refusalOf("!#$%&'*+-.^_`|~09az", 'b')).toBeUndefined()
  for (const name of ['', 'x a', 'x:a', 'x(a', 'x-é']) expect(refusalOf(name, 'b')).toBe(`invalid header name: ${name}`)
  expect(refusalOf('x"\n', 'b')).toBe('invalid header name: x\\"\\n')
})

test('refused fields: values with controls, but for the tab', () => {
  for (const value of ['', 'a\tb', ' a ', '\xff']) expect(refusalOf('x-a', value)).toBeUndefined()
  for (const value of ['a\nb', 'a\r', '\0', '\x01', '\x1f', '\x7f']) {
    expect(refusalOf('x-a', value)).toBe('invalid header value for: x-a')
    expect(refusalOf(':authority', value)).toBe('invalid header value for: :authority')
    expect(refusalOf(':path', value)).toBe('invalid header value for: :path')
  }
})
