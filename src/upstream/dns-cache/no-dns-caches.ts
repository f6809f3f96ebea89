/** Where no request is forwarded to a host by its name. */
import type { DnsCaches } from '../../api/dns-cache.ts'

export const NO_DNS_CACHES: DnsCaches = {
  get: ({ name }) => {
    throw new Error(`nobody asks DNS cache ${name} here`)
  },
}
