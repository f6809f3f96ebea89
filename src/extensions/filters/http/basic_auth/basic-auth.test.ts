import { describe, expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'

const HASH = '{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M='
const USERS = `users: {inline_string: "user:${HASH}"}`

httpFilterConformance(extension, {
  good: [
    USERS,
    `{${USERS}, realm: a, forward_username_header: X-User, authentication_header: X-Auth, allow_missing: true, emit_dynamic_metadata: true}`,
    'users: {inline_string: "# nobody\\n\\n"}',
  ],
  bad: [
    ['{}', 'specifier_case'],
    ['users: {inline_string: ""}', 'DataSource cannot be empty'],
    ['users: {inline_string: user}', 'username:password is expected'],
    [`users: {inline_string: ":${HASH}"}`, 'empty user name or password'],
    ['users: {inline_string: "user:secret"}', '{SHA}'],
    ['users: {inline_string: "user:{SHA}abc"}', 'invalid SHA hash length'],
    [`users: {inline_string: "user:${HASH}\\nuser:${HASH}"}`, "duplicate user 'user'"],
    ['realm: "a\\nb"', 'realm'],
  ],
  perRoute: { good: [USERS, `{${USERS}, realm: b}`, 'users: {inline_string: ""}'], bad: [['{}', 'users']] },
})

const basic = (text: string): string => `authorization: Basic ${btoa(text)}`

describe('basic_auth', () => {
  test('who knows the password passes, and their name is told', () => {
    const config = `{${USERS}, forward_username_header: X-User, emit_dynamic_metadata: true}`
    const filter = new FilterHarness(extension, { config }).send('GET /', [basic('user:wrong'), 'x-user: fake'])
    expect(filter.reply()).toMatchObject({ status: 401 })
    filter.send('GET /', [basic('user:test'), 'x-user: fake'])
    expect(filter.forwarded['x-user']).toBe('user')
    expect([filter.stat('basic_auth.allowed'), filter.stat('basic_auth.denied')]).toEqual([1, 1])
  })

  test('the others are told what is wrong, and where they are', () => {
    const filter = new FilterHarness(extension, { config: USERS }).send('GET a.test/b')
    expect(filter.reply()).toMatchObject({
      status: 401,
      body: 'User authentication failed. Missing username and password.',
      headers: { 'www-authenticate': 'Basic realm="http://a.test/b"' },
    })
    expect(filter.logged[0]?.details).toBe('no_credential_for_basic_auth')
  })

  test('allow_missing: nobody is asked, but who says something must be right', () => {
    const filter = new FilterHarness(extension, { config: `{${USERS}, allow_missing: true}` })
    expect(filter.send('GET /').reached).toBeTrue()
    filter.respond(204).written()
    expect(filter.send('GET /', [basic('user:wrong')]).reply().status).toBe(401)
  })
})
