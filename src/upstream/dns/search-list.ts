/** Search domains of resolv.conf(5): which full names a short one may stand for. */

export interface SearchList {
  readonly domains: readonly string[]
  /** A name with at least so many dots is tried as it is first. */
  readonly ndots: number
}

export const NO_SEARCH: SearchList = { domains: [], ndots: 1 }

export function parseSearchList(resolvConf: string): SearchList {
  let domains: readonly string[] = []
  let ndots = 1
  for (const line of resolvConf.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)
    if (keyword === 'search' || keyword === 'domain') domains = values.map((domain) => domain.replace(/\.$/, ''))
    if (keyword !== 'options') continue
    for (const value of values) {
      const number = /^ndots:(\d+)$/.exec(value)?.[1]
      if (number !== undefined) ndots = Number(number)
    }
  }
  return { domains: domains.filter((domain) => domain !== ''), ndots }
}

/** In the order in which they are to be tried. */
export function candidates(name: string, { domains, ndots }: SearchList): readonly string[] {
  if (name.endsWith('.')) return [name]
  const searched = domains.map((domain) => `${name}.${domain}`)
  const dots = name.split('.').length - 1
  return dots >= ndots ? [name, ...searched] : [...searched, name]
}
