// Estimates with their intervals, as all sections of the report show them.

import { count, decimalsFor, percent, points } from '../../terminal/text.ts'
import type { Behind, Change, Estimate, Interval } from '../report.ts'

/** How many rows are shown of what has many. */
export const TOP = 8
/** Beside shares with their intervals, lines stay within 100 columns. */
export const BAR_WIDTH = 6
/** Of intervals in all. */
export const NO_MODEL = "the model's is not in it"
/** The fewest effective people that tell how sure an estimate is. */
const LEAST = 30
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

/** What rests on too few observed visits to tell how sure it is, marked. */
export function roughly(text: string, isFew: boolean): string {
  return isFew ? `~${text}` : text
}

/** Whether an estimate's observed visits are too few. */
export function isFew({ in_all }: Estimate): boolean {
  return in_all === undefined
}

/** The same of visits that no estimate is of. */
export function areFew(...groups: Behind[]): boolean {
  return groups.reduce((sum, { effective }) => sum + effective, 0) < LEAST
}

/** An estimate in a table; roughly, where its observed visits are too few. */
export function about({ expected, in_all }: Estimate, scale: typeof percent = percent): string {
  return in_all ? scale(expected, DECIMALS) : `~${scale(expected, 1)}`
}

/** The interval in all, for tables, or that the observed visits are too few to tell. */
export function inAll({ in_all, observed }: Estimate, scale: typeof percent = percent): string {
  return in_all ? interval(in_all, scale, DECIMALS) : few(observed)
}

/** That they are too few; where they are not, those of them that are replayed are. */
function few(observed: Behind): string {
  return areFew(observed) ? `too few (${behind(observed.effective)})` : 'too few replayed'
}

/** `1.2 to 3.4 %`. */
function interval({ low, high }: Interval, scale: typeof percent, decimals: number): string {
  return `${scale(low, decimals).replace(/ \S+$/, '')} to ${scale(high, decimals)}`
}

/** A share with what it was and its uncertainties, first all together, then each: of the change, if it is one. */
export function shareRows({ unchanged, hypothetical, change }: Change, whose: string, parameter_draws: number): string[][] {
  const shown = unchanged ? change : hypothetical
  const decimals = shown.in_all ? digits(shown.in_all) : 1
  const text = (of: Estimate, scale: typeof percent) => roughly(scale(of.expected, decimals), isFew(shown))
  const scale = unchanged ? points : percent
  const before = unchanged ? [['  before', text(unchanged, percent), '']] : []
  const difference = unchanged ? [['  change', text(shown, scale), '']] : []
  return [
    ['Share of all visits', text(hypothetical, percent), unchanged ? '' : 'new in this market'],
    ...before,
    ...difference,
    ...uncertainty(shown, scale, whose, parameter_draws),
  ]
}

/** Rows of an estimate's interval in all and of its sources. Of too few visits, none: an interval would look like knowledge. */
function uncertainty(
  { observed, in_all, visits, monte_carlo, parameters }: Estimate,
  scale: typeof percent,
  whose: string,
  draws: number,
): string[][] {
  const row = (name: string, of: Interval | undefined, note: string) => {
    return [name, !in_all ? 'too few' : of ? interval(of, scale, digits(of)) : 'unknown', note]
  }
  const together = parameters ? 'all three together' : `observed visits and simulation; ${NO_MODEL}`
  const needed = `${areFew(observed) ? 'effective' : 'replayed'} people: ${LEAST} are the least`
  return [
    row('  95 %, in all', in_all, in_all ? together : needed),
    row('    observed visits', visits, `${count(observed.visits)} ${whose}, effective ${behind(observed.effective)}`),
    row('    simulation', monte_carlo, in_all ? 'narrower with more visits' : 'no surer than the visits that it is of'),
    row('    model', parameters, parameters ? `${count(draws)} draws of the model's parameters` : 'no draws of its parameters'),
  ]
}

/** An effective number: of few, with a decimal. */
export function behind(effective: number): string {
  return effective < 100 ? effective.toFixed(1) : count(Math.round(effective))
}
