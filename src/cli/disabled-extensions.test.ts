import { expect, test } from 'bun:test'
import type { Extension } from '../api/extension.ts'
import { withoutDisabled } from './disabled-extensions.ts'

const extension = (category: Extension['category'], name: string): Extension => ({
  category,
  name,
  typeNames: [],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: () => undefined,
  create: () => () => {},
})

const router = extension('envoy.filters.http', 'envoy.filters.http.router')
const file = extension('envoy.access_loggers', 'envoy.access_loggers.file')

test('a disabled extension is left out', () => {
  expect(withoutDisabled([router, file], ['envoy.filters.http/envoy.filters.http.router'])).toEqual({
    extensions: [file],
    notices: [
      {
        component: 'misc',
        level: 'info',
        source: 'source/server/options_impl_base.cc:67',
        message: "disabled extension 'envoy.filters.http/envoy.filters.http.router'",
      },
    ],
  })
})

test('a name that means nothing is told and not fatal', () => {
  const { extensions, notices } = withoutDisabled([router], ['foo', 'envoy.filters.http/nope'])
  expect(extensions).toEqual([router])
  expect(notices.map(({ source, message }) => `${source} ${message}`)).toEqual([
    "source/server/options_impl_base.cc:62 failed to disable invalid extension name 'foo'",
    "source/server/options_impl_base.cc:69 failed to disable unknown extension 'envoy.filters.http/nope'",
  ])
})
