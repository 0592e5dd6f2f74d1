// What visits save in the first year.

import { heading, pounds, signed, table } from '../../terminal/text.ts'
import type { Report } from '../report.ts'
import { isFew, roughly } from './estimates.ts'

export function savings({ saving: { per_visit_gbp, per_switch_gbp }, no_switch }: Report): string[] {
  const row = (name: string, [before, after]: [number, number]) => {
    const amounts = [pounds(before), pounds(after), gained(after - before)]
    return [name, ...amounts.map((amount) => roughly(amount, isFew(no_switch.hypothetical)))]
  }
  return [
    heading('Mean saving in the first year'),
    ...table('<>>>', [
      ['', 'before', 'after', 'change'],
      row('per visit, nothing where there is no switch', per_visit_gbp),
      row('per switch', per_switch_gbp),
    ]),
  ]
}

/** A change of pounds. */
function gained(amount: number): string {
  return signed(amount, 2).replace(/^([+-]?)/, '$1£')
}
