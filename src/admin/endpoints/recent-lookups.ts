/**
 * /stats/recentlookups: which names of statistics are looked up while requests are served. None ever is: names are given to
 * objects beforehand. So there is a switch, and a list that stays empty.
 */
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { OK, text } from '../admin-endpoint.ts'

const DISABLED = 'Lookup tracking is not enabled. Use /stats/recentlookups/enable to enable.\n'
const NOTHING = '   Count Lookup\n'

export function recentLookupsEndpoints(): readonly AdminEndpoint[] {
  let enabled = false
  const path = '/stats/recentlookups'
  const change = (name: string, help: string, act: () => void): AdminEndpoint => ({
    path: `${path}/${name}`,
    help,
    mutates: true,
    params: [],
    handle() {
      act()
      return OK
    },
  })
  return [
    {
      path,
      help: 'Show recent stat-name lookups',
      mutates: false,
      params: [],
      handle: () => text(`${enabled ? NOTHING : DISABLED}\ntotal: 0\n`),
    },
    change('clear', 'clear list of stat-name lookups and counter', () => undefined),
    change('disable', 'disable recording of reset stat-name lookup names', () => (enabled = false)),
    change('enable', 'enable recording of reset stat-name lookup names', () => (enabled = true)),
  ]
}
