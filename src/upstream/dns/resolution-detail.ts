/** What Envoy's resolver says of a lookup, shown in the details of replies: `cares_norecords:Domain name not found`. */

/** The texts of c-ares for its codes. */
const TEXTS: Readonly<Record<string, string>> = {
  ENODATA: 'DNS server returned answer with no data',
  EFORMERR: 'DNS server claims query was misformatted',
  ESERVFAIL: 'DNS server returned general failure',
  ENOTFOUND: 'Domain name not found',
  ENOTIMP: 'DNS server does not implement requested operation',
  EREFUSED: 'DNS server refused query',
  EBADNAME: 'Misformatted domain name',
  EBADRESP: 'Misformatted DNS reply',
  EBADFAMILY: 'Unsupported address family',
  ECONNREFUSED: 'Could not contact DNS servers',
  ETIMEOUT: 'Timeout while contacting DNS servers',
  ECANCELLED: 'DNS query cancelled',
}

/** The codes that are an answer: there is nothing under this name. */
const NOTHING_THERE = new Set(['ENOTFOUND', 'ENODATA'])

export function saysNothingThere(code: string): boolean {
  return NOTHING_THERE.has(code)
}

export function resolutionDetail(code: string): string {
  return `${NOTHING_THERE.has(code) ? 'cares_norecords' : 'cares_failure'}:${TEXTS[code] ?? code}`
}

export const RESOLVED = 'cares_success:Successful completion'
