// Estimates with their intervals, as all sections of the report show them.

import { count, decimalsFor, percent, points } from '../../terminal/text.ts'
import type { Change, Estimate, Interval } from '../report.ts'

/** How many rows are shown of what has many. */
export const TOP = 8
/** Beside shares with their intervals, lines stay within 100 columns. */
export const BAR_WIDTH = 6
/** Of all shares in a table, so that they can be compared. */
export const DECIMALS = 2

/** The first rows and the rest: one more would take the same line as `1 others`. */
export function topOf<Row>(rows: Row[]): [Row[], Row[]] {
  const shown = rows.length === TOP + 1 ? TOP + 1 : TOP
  return [rows.slice(0, shown), rows.slice(shown)]
}

/** An id or a word of files for people. */
export function words(id: string): string {
  return id.replaceAll('_', ' ').trim()
}

/** How many decimals of an estimate make sense: two digits of its standard error. */
function digits({ se }: Interval): number {
  return Math.min(3, decimalsFor(se) + 1)
}

/** An estimate in a table; roughly, where its observed visits are too few to tell how sure it is. */
export function about({ expected, in_all }: Estimate, scale: typeof percent = percent): string {
  return in_all ? scale(expected, DECIMALS) : `~${scale(expected, 1)}`
}

/** The interval in all, for tables, or that the observed visits are too few to tell. */
export function inAll({ in_all, observed }: Estimate, scale: typeof percent = percent): string {
  return in_all ? interval(in_all, scale, DECIMALS) : `too few (${behind(observed.effective)})`
}

/** `1.2 to 3.4 %`. */
function interval({ low, high }: Interval, scale: typeof percent, decimals: number): string {
  return `${scale(low, decimals).replace(/ \S+$/, '')} to ${scale(high, decimals)}`
}

/** A share with what it was and its uncertainties, first all together, then each: of the change, if it is one. */
export function shareRows({ unchanged, hypothetical, change }: Change, parameter_draws: number): string[][] {
  const shown = unchanged ? change : hypothetical
  const [decimals, roughly] = shown.in_all ? [digits(shown.in_all), ''] : [1, '~']
  const scale = unchanged ? points : percent
  const before = unchanged ? [['  before', roughly + percent(unchanged.expected, decimals), '']] : []
  const difference = unchanged ? [['  change', roughly + scale(shown.expected, decimals), '']] : []
  return [
    ['Share of all visits', roughly + percent(hypothetical.expected, decimals), unchanged ? '' : 'new in this market'],
    ...before,
    ...difference,
    ...uncertainty(shown, scale, parameter_draws),
  ]
}

/** Rows of an estimate's interval in all and of its three sources. */
function uncertainty(
  { observed, in_all, visits, monte_carlo, parameters }: Estimate,
  scale: typeof percent,
  draws: number,
): string[][] {
  const row = (name: string, of: Interval | undefined, note: string) => {
    return [name, of ? interval(of, scale, digits(of)) : 'unknown', note]
  }
  const people = `${count(observed.visits)} are shown it, effective ${behind(observed.effective)}`
  return [
    row('  95 %, in all', in_all, in_all ? 'all three together' : 'too few observed visits: 30 effective ones are the least'),
    row('    observed visits', visits, people),
    row('    simulation', monte_carlo, 'narrower with more visits'),
    row('    model', parameters, parameters ? `${count(draws)} draws of the model's parameters` : 'no draws of its parameters'),
  ]
}

/** An effective number: of few, with a decimal. */
export function behind(effective: number): string {
  return effective < 100 ? effective.toFixed(1) : count(Math.round(effective))
}
