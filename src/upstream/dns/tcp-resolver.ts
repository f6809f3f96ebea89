/** Lookups over TCP alone (`use_tcp_for_dns_lookups`), which the runtime's c-ares cannot be told to make. */
import type { Random } from '../../api/event.ts'
import type { IpAddress } from '../../api/network.ts'
import type { DnsAddress } from '../../codec/dns/dns-answer.ts'
import { ipAddress } from '../../network/address.ts'
import { parseIpPort } from '../../network/ip-port.ts'
import type { Family } from './hosts-file.ts'
import type { TcpQueryDeps, TcpQueryResult } from './tcp-query.ts'
import { askOverTcp } from './tcp-query.ts'

export interface TcpResolverDeps extends TcpQueryDeps {
  readonly random: Pick<Random, 'u32'>
}

/** Addresses, one at least, or why there are none in the words of c-ares. */
export type TcpLookupResult = readonly DnsAddress[] | string

const DNS_PORT = 53
const CODES: Readonly<Record<number, string>> = {
  1: 'EFORMERR',
  2: 'ESERVFAIL',
  3: 'ENOTFOUND',
  4: 'ENOTIMP',
  5: 'EREFUSED',
}
/** The next server may know more. */
const TRIES_ON = new Set(['ETIMEOUT', 'ECONNREFUSED', 'EBADRESP', 'ESERVFAIL', 'ENOTIMP', 'EREFUSED'])

/** `servers`: as the runtime names them, `1.2.3.4`, `1.2.3.4:53`, `::1` or `[::1]:53`. */
export async function lookUpOverTcp(
  servers: readonly string[],
  name: string,
  family: Family,
  { timeoutMs, tries }: { readonly timeoutMs: number; readonly tries: number },
  deps: TcpResolverDeps,
): Promise<TcpLookupResult> {
  const addresses = servers.flatMap((server) => addressOf(server) ?? [])
  let result: TcpLookupResult = 'ECONNREFUSED'
  for (let attempt = 0; attempt < tries * addresses.length; attempt++) {
    const server = addresses[attempt % addresses.length]!
    const question = { id: deps.random.u32() & 0xffff, name, type: family === 4 ? 1 : 28 } as const
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    result = resultOf(await askOverTcp(server, question, timeoutMs, deps))
    if (typeof result !== 'string' || !TRIES_ON.has(result)) return result
  }
  return result
}

function addressOf(server: string): IpAddress | undefined {
  return ipAddress(server, DNS_PORT) ?? parseIpPort(server)
}

function resultOf(answer: TcpQueryResult): TcpLookupResult {
  if (typeof answer === 'string') return answer
  if (answer.code !== 0) return CODES[answer.code] ?? 'EBADRESP'
  return answer.addresses.length === 0 ? 'ENODATA' : answer.addresses
}
