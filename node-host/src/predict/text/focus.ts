// What the report is about: the focus tariff, or where there is none how many keep their deal.

import { cut, heading, percent, table } from '../../terminal/text.ts'
import type { Focus, Report } from '../report.ts'
import { shareRows } from './estimates.ts'

export function aboutFocus({ supplier, name, id, share, position, ...focus }: Focus, report: Report): string[] {
  const top = (places: number) => percent(position.distribution.slice(0, places).reduce((sum, part) => sum + part, 0))
  const mean = position.mean === null ? 'nowhere' : `mean ${position.mean.toFixed(1)}`
  const places = position.mean === null ? '' : `top ${top(1)}, top 3 ${top(3)}, top 10 ${top(10)}`
  return [
    heading(cut(`${supplier}, ${name} (${id})`)),
    ...table('<<<', [
      ...shareRows(share, report.parameter_draws),
      ['Share of switches', percent(focus.share_of_switches, 2), ''],
      ['Shown to', percent(focus.shown), 'of visits'],
      ['Position where shown', mean, places],
    ]),
  ]
}

export function aboutNoSwitch({ no_switch, parameter_draws }: Report): string[] {
  return [heading('Visits that end without a switch'), ...table('<<<', shareRows(no_switch, parameter_draws))]
}
