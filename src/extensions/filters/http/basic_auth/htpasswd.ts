/** The users of a file as htpasswd(1) writes it: a line for each, `name:{SHA}<SHA-1 of the password, base64>`. */

/** Base64 of the passwords' SHA-1, by name. Wire text. */
export type Users = ReadonlyMap<string, string>

const SHA = '{SHA}'
const HASH_LENGTH = 28

/** Lines that are empty or begin with `#` are passed over. A string is what is wrong. */
export function parseHtpasswd(text: string): Users | string {
  const users = new Map<string, string>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const colon = line.indexOf(':')
    if (colon < 0) return 'basic auth: invalid htpasswd format, username:password is expected'
    const name = line.slice(0, colon)
    const hash = line.slice(colon + 1)
    if (name === '' || hash === '') return 'basic auth: empty user name or password'
    if (users.has(name)) return `basic auth: duplicate user '${name}'`
    if (!hash.startsWith(SHA)) return `basic auth: unsupported htpasswd format: please use ${SHA}`
    if (hash.length !== SHA.length + HASH_LENGTH) return 'basic auth: invalid htpasswd format, invalid SHA hash length'
    users.set(name, hash.slice(SHA.length))
  }
  return users
}
