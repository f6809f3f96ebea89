/** Search domains of resolv.conf(5): which full names a short one may stand for. */

export interface SearchList {
  readonly domains: readonly string[]
  /** A name with at least so many dots is tried as it is first. */
  readonly ndots: number
}

export const NO_SEARCH: SearchList = { domains: [], ndots: 1 }

/**
 * As c-ares reads it: the last `search` counts, `domain` only without one and with its first value. The variables LOCALDOMAIN (one
 * domain) and RES_OPTIONS take the place of what stands there.
 */
export function parseSearchList(
  resolvConf: string,
  variables: Readonly<Record<string, string | undefined>> = {},
): SearchList {
  const { LOCALDOMAIN = '', RES_OPTIONS = '' } = variables
  let domains: readonly string[] = []
  let ndots = 1
  for (const line of resolvConf.split('\n')) {
    const [, keyword, values = ''] = /^[ \t]*([^\s;#]+)[ \t]+([^#]*)/.exec(line) ?? []
    if (keyword === 'search') domains = domainsIn(values) ?? domains
    else if (keyword === 'domain' && domains.length === 0) domains = (domainsIn(values) ?? []).slice(0, 1)
    else if (keyword === 'options') ndots = ndotsIn(values) ?? ndots
  }
  if (LOCALDOMAIN !== '') domains = (domainsIn(LOCALDOMAIN) ?? domains).slice(0, 1)
  return { domains, ndots: ndotsIn(RES_OPTIONS) ?? ndots }
}

/** Undefined: one of them can be no name, such as two with a tab in between, so that the line does not count. */
function domainsIn(values: string): readonly string[] | undefined {
  const domains = values
    .trim()
    .split(/[ ,]+/)
    .map((domain) => domain.replace(/\.$/, ''))
  return domains.some((domain) => domain.includes('\t')) ? undefined : domains.filter((domain) => domain !== '')
}

function ndotsIn(options: string): number | undefined {
  const number = [...options.matchAll(/(?:^|\s)ndots:(\d+)(?=\s|$)/g)].at(-1)?.[1]
  return number === undefined ? undefined : Number(number)
}

/** In the order in which they are to be tried. */
export function candidates(name: string, { domains, ndots }: SearchList): readonly string[] {
  if (name.endsWith('.')) return [name]
  const searched = domains.map((domain) => `${name}.${domain}`)
  const dots = name.split('.').length - 1
  return dots >= ndots ? [name, ...searched] : [...searched, name]
}
