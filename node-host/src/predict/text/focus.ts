// What the report is about: the focus tariff, or where there is none how many keep their deal.

import { cut, heading, percent, table } from '../../terminal/text.ts'
import type { Focus, Report } from '../report.ts'
import { isFew, roughly, shareRows } from './estimates.ts'

export function aboutFocus({ supplier, name, id, share, position, ...focus }: Focus, report: Report): string[] {
  const about = (text: string) => roughly(text, isFew(share.hypothetical))
  const top = (places: number) => about(percent(position.distribution.slice(0, places).reduce((sum, part) => sum + part, 0)))
  const mean = position.mean === null ? 'nowhere' : `mean ${about(position.mean.toFixed(1))}`
  const places = position.mean === null ? '' : `top ${top(1)}, top 3 ${top(3)}, top 10 ${top(10)}`
  return [
    heading(cut(`${supplier}, ${name} (${id})`)),
    ...table('<<<', [
      ...shareRows(share, 'are shown it', report.parameter_draws),
      ['Share of switches', about(percent(focus.share_of_switches, 2)), ''],
      ['Shown to', about(percent(focus.shown)), 'of visits'],
      ['Position where shown', mean, places],
    ]),
  ]
}

export function aboutNoSwitch({ no_switch, parameter_draws }: Report): string[] {
  const rows = shareRows(no_switch, 'in all', parameter_draws)
  return [heading('Visits that end without a switch'), ...table('<<<', rows)]
}
