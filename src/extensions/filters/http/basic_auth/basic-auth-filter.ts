/** Lets requests through that name a user and their password (RFC 7617). */
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { HeadersStatus } from '../../../../api/http.ts'
import type { Counter } from '../../../../api/stats.ts'
import { decodeBase64WithoutPadding } from '../../../../base/base64-without-padding.ts'
import { PassThroughDecoderFilter } from '../common/pass-through-decoder-filter.ts'
import type { BasicAuthConfig, BasicAuthPerRoute } from './config.ts'
import type { Users } from './htpasswd.ts'

export interface BasicAuthShared {
  readonly config: BasicAuthConfig
  readonly allowed: Counter
  readonly denied: Counter
}

const METADATA_NAME = 'envoy.filters.http.basic_auth'
const SCHEME = 'Basic '
const MAX_PATH_LENGTH = 256

/** What is said to those who are not let in, and details for the log. */
const MISSING = ['Missing username and password.', 'no_credential_for_basic_auth'] as const
const OTHER_SCHEME = ["Expected 'Basic' authentication scheme.", 'invalid_scheme_for_basic_auth'] as const
const MALFORMED = ['Invalid basic credential format.', 'invalid_format_for_basic_auth'] as const
const WRONG = ['Invalid username/password combination.', 'invalid_credential_for_basic_auth'] as const

type Denial = typeof MISSING | typeof OTHER_SCHEME | typeof MALFORMED | typeof WRONG

export class BasicAuthFilter extends PassThroughDecoderFilter {
  readonly #shared: BasicAuthShared

  constructor(shared: BasicAuthShared) {
    super()
    this.#shared = shared
  }

  decodeHeaders(headers: RequestHeaders): HeadersStatus {
    const { config, allowed } = this.#shared
    const perRoute = this.callbacks.perRouteConfig as BasicAuthPerRoute | undefined
    const credentials = headers.getAll(config.authenticationHeader)[0]
    const user = credentials === undefined ? MISSING : userOf(credentials, perRoute?.users ?? config.users)
    if (config.allowMissing && (user === MISSING || user === OTHER_SCHEME)) return 'continue'
    if (typeof user !== 'string') return this.#deny(user, headers, perRoute?.realm || config.realm)
    if (config.forwardUsernameHeader !== '') headers.set(config.forwardUsernameHeader, user)
    if (config.emitsMetadata) this.callbacks.streamInfo.setDynamicMetadata(METADATA_NAME, { username: user })
    allowed.inc()
    return 'continue'
  }

  #deny([reason, details]: Denial, request: RequestHeaders, realm: string): 'stop-iteration' {
    this.#shared.denied.inc()
    const challenge = `Basic realm="${quotable(realm === '' ? urlOf(request) : realm)}"`
    this.callbacks.sendLocalReply({
      status: 401,
      body: `User authentication failed. ${reason}`,
      details,
      modifyHeaders: (headers) => headers.set('www-authenticate', challenge),
    })
    return 'stop-iteration'
  }
}

/** The user's name, or why there is none. */
function userOf(credentials: string, users: Users): string | Denial {
  if (!credentials.startsWith(SCHEME)) return OTHER_SCHEME
  const decoded = decodeBase64WithoutPadding(credentials.slice(SCHEME.length)) ?? ''
  const colon = decoded.indexOf(':')
  if (colon < 0) return MALFORMED
  const name = decoded.slice(0, colon)
  const hash = users.get(name)
  return hash !== undefined && hash === sha1Of(decoded.slice(colon + 1)) ? name : WRONG
}

function sha1Of(wireText: string): string {
  return new Bun.CryptoHasher('sha1').update(Buffer.from(wireText, 'latin1')).digest('base64')
}

/** As the client asked for it. */
function urlOf(headers: RequestHeaders): string {
  const path = headers.get('x-envoy-original-path') ?? headers.path
  return `${headers.scheme}://${headers.authority ?? ''}${path.slice(0, MAX_PATH_LENGTH)}`
}

/** RFC 9110 §5.6.4. */
function quotable(text: string): string {
  return text.replace(/["\\]/g, '\\$&')
}
