/** /stats for browsers: the question as a form, and the answer. */
import type { BucketBounds } from '../stats/render/bucket-bounds.ts'
import type { StatsQuery, StatType } from '../stats/render/stats-query.ts'
import { renderText } from '../stats/render/text.ts'
import type { MergedStats } from '../stats/merged-stats.ts'
import type { AdminParam } from './admin-endpoint.ts'
import { adminPage, escaped, paramRow } from './admin-page.ts'
import type { QueryParams } from './query-params.ts'

export interface StatsPageDeps {
  readonly merged: MergedStats
  readonly bounds: BucketBounds
  readonly params: readonly AdminParam[]
}

interface Section {
  readonly type: StatType
  readonly title: string
}

const SECTIONS: readonly Section[] = [
  { type: 'TextReadouts', title: 'text readouts' },
  { type: 'Counters', title: 'counters' },
  { type: 'Gauges', title: 'gauges' },
  { type: 'Histograms', title: 'histograms' },
]
/** `active-html` asks again by itself. */
const REFRESH_S = 5

export function statsPage(deps: StatsPageDeps, asked: QueryParams, query: StatsQuery): string {
  const rows = deps.params.map((param) => paramRow(param, 'stats', asked.first(param.name)))
  const form = `<form id="stats" action="stats" method="get"><button>stats</button></form>\n<table>\n${rows.join('')}</table>\n`
  const shown = SECTIONS.filter(({ type }) => query.type === 'All' || query.type === type)
  const sections = shown.map((section) => sectionHtml(deps, section, query))
  return adminPage(form + sections.join(''), asked.first('format') === 'active-html' ? REFRESH_S : undefined)
}

function sectionHtml({ merged, bounds }: StatsPageDeps, { type, title }: Section, query: StatsQuery): string {
  const { text } = renderText(merged, { ...query, type }, bounds)
  return text === '' ? `<p><i>No ${title} found</i></p>\n` : `<h2>${title}</h2>\n<pre>\n${escaped(text)}</pre>\n`
}
