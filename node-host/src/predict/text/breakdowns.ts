// The visits by group: shares of the focus and of no switch, and savings.

import { count, heading, percent, points, pounds, table } from '../../terminal/text.ts'
import type { Breakdown, Change, Report, Segment, TypicalConsumption } from '../report.ts'
import { about, behind, inAll, words } from './estimates.ts'

/** Of more segments, those with most visits. */
const SEGMENTS = 20

/**
 * A table of each breakdown: the effective number of observed people, the focus's share, how many keep their deal, and what they
 * save. The interval is that of the focus's share, or without a focus that of how many more keep their deal.
 */
export function breakdowns({ breakdowns, focus, typical_consumption }: Report): string[][] {
  return breakdowns.map(({ by, segments }: Breakdown) => {
    const shown = segments.length <= SEGMENTS ? segments : segments.toSorted((a, b) => b.visits - a.visits).slice(0, SEGMENTS)
    const left = segments.length - shown.length
    const isNew = focus !== null && focus.share.unchanged === undefined
    const share = !focus ? [] : isNew ? ['share', '95 %, in all'] : ['share', 'after', '95 %, in all']
    const change = focus ? [] : ['95 %, in all']
    const columns = ['', 'people', ...share, 'keep', 'after', ...change, 'saving', 'after']
    return [
      heading(`By ${by.map(words).join(' and ')}`),
      ...table(`~${'>'.repeat(columns.length - 1)}`, [columns, ...shown.map((segment) => cells(segment, isNew))]),
      ...(left > 0 ? [`  and ${count(left)} with fewer visits`] : []),
      ...(by.includes('usage') ? [typical(typical_consumption)] : []),
    ]
  })
}

function cells({ names, observed, focus, no_switch, saving_gbp }: Segment, isNew: boolean): string[] {
  return [
    names.join(', '),
    behind(observed.effective),
    ...(focus ? shares(focus, isNew) : []),
    percent(no_switch.unchanged?.expected ?? 0),
    percent(no_switch.hypothetical.expected),
    ...(focus ? [] : [inAll(no_switch.change, points)]),
    ...saving_gbp.map(pounds),
  ]
}

function shares({ unchanged, hypothetical }: Change, isNew: boolean): string[] {
  const before = isNew ? [] : [unchanged ? about(unchanged) : '']
  return [...before, about(hypothetical), inAll(hypothetical)]
}

function typical({ from, electricity_kwh: { low, medium, high } }: TypicalConsumption): string {
  const values = [low, medium, high].map(count).join(', ')
  return `  typical consumption in force from ${from}: electricity ${values} kWh a year`
}
