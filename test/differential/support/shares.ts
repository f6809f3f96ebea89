/* What part of the requests each host got, where chance decides: near what is expected, or the numbers. */

/** `hosts`: a letter for each request. `wanted`: parts of all by letter. `tolerance`: part of all that it may be off. */
export function sharesNear(
  hosts: string,
  wanted: Readonly<Record<string, number>>,
  tolerance = 0.04,
): 'as expected' | Readonly<Record<string, number>> {
  const shares: Record<string, number> = {}
  for (const host of hosts) shares[host] = (shares[host] ?? 0) + 1 / hosts.length
  const names = new Set([...Object.keys(shares), ...Object.keys(wanted)])
  const isNear = [...names].every((name) => {
    const want = wanted[name] ?? 0
    const share = shares[name] ?? 0
    return want === 0 ? share === 0 : Math.abs(share - want) <= tolerance
  })
  return isNear ? 'as expected' : shares
}
