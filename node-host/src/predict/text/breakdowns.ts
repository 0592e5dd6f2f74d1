// The visits by group: shares of the focus and of no switch, and savings.

import { count, heading, percent, points, pounds, table } from '../../terminal/text.ts'
import type { Breakdown, Change, Levels, Report, Segment, TypicalConsumption } from '../report.ts'
import { about, areFew, behind, inAll, isFew, roughly, words } from './estimates.ts'

/** Of more segments, those with most visits. */
const SEGMENTS = 20

/**
 * A table of each breakdown: the effective number of observed people, the focus's share, how many keep their deal, and what they
 * save. The interval is that of the focus's share, or without a focus that of how many more keep their deal. The typical values of
 * usage follow the first table by it.
 */
export function breakdowns({ breakdowns, focus, typical_consumption }: Report): string[][] {
  const usage = breakdowns.find(({ by }) => by.includes('usage'))
  return breakdowns.map((breakdown: Breakdown) => {
    const { by, segments } = breakdown
    const shown = segments.length <= SEGMENTS ? segments : segments.toSorted((a, b) => b.visits - a.visits).slice(0, SEGMENTS)
    const left = segments.length - shown.length
    const isNew = focus !== null && focus.share.unchanged === undefined
    const share = !focus ? [] : isNew ? ['share', '95 %, in all'] : ['share', 'after', '95 %, in all']
    const change = focus ? [] : ['95 %, in all']
    const columns = ['', 'effective', ...share, 'keep', 'after', ...change, 'saving', 'after']
    return [
      heading(`By ${by.map(words).join(' and ')}`),
      ...table(`~${'>'.repeat(columns.length - 1)}`, [columns, ...shown.map((segment) => cells(segment, isNew))]),
      ...(left > 0 ? [`  and ${count(left)} with fewer visits`] : []),
      ...(shown.some(isOfOthers) ? ['  too few (n): the effective number of those who are shown the tariff'] : []),
      ...(breakdown === usage ? typical(typical_consumption) : []),
    ]
  })
}

function cells({ names, observed, focus, no_switch, saving_gbp }: Segment, isNew: boolean): string[] {
  const about = (text: string) => roughly(text, isFew(no_switch.hypothetical))
  return [
    names.join(', '),
    behind(observed.effective),
    ...(focus ? shares(focus, isNew) : []),
    about(percent(no_switch.unchanged?.expected ?? 0)),
    about(percent(no_switch.hypothetical.expected)),
    ...(focus ? [] : [inAll(no_switch.change, points)]),
    ...saving_gbp.map((amount) => about(pounds(amount))),
  ]
}

function shares({ unchanged, hypothetical }: Change, isNew: boolean): string[] {
  const before = isNew ? [] : [unchanged ? about(unchanged) : '']
  return [...before, about(hypothetical), inAll(hypothetical)]
}

/** Whether its share of the focus rests on too few, who are not all that the segment has. */
function isOfOthers({ focus, observed }: Segment): boolean {
  const behindFocus = focus?.hypothetical.observed
  return behindFocus !== undefined && areFew(behindFocus) && behindFocus.effective !== observed.effective
}

function typical({ from, electricity_kwh, economy7_kwh, gas_kwh, source }: TypicalConsumption): string[] {
  const values = ({ low, medium, high }: Levels) => [low, medium, high].map(count).join(', ')
  return [
    `  typical consumption in force from ${from}, kWh a year: electricity ${values(electricity_kwh)},`,
    `  on Economy 7 ${values(economy7_kwh)}; of visits that compare gas alone ${values(gas_kwh)}`,
    `  (${source.replace('; ', ';\n  ')})`,
  ]
}
