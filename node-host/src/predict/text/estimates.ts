// Estimates with their intervals, as all sections of the report show them.

import { count, decimalsFor, percent, points } from '../../terminal/text.ts'
import type { Behind, Change, Estimate, Interval } from '../report.ts'

/** How many rows are shown of what has many. */
export const TOP = 8
export const BAR_WIDTH = 20

/** An id or a word of files for people. */
export function words(id: string): string {
  return id.replaceAll('_', ' ').trim()
}

/** How many decimals of a share make sense: two digits of the standard error of all uncertainties, where that is known. */
export function decimalsOf({ in_all, monte_carlo }: Estimate): number {
  const simulation = decimalsFor(monte_carlo.se)
  return in_all ? Math.min(simulation, decimalsFor(in_all.se) + 1) : simulation
}

/** As many as the most exact of several makes sense with, so that they stand in a column. */
export function decimalsOfAll(estimates: Estimate[]): number {
  return Math.max(1, ...estimates.map(decimalsOf))
}

/** The interval in all, or that the observed visits are too few to tell. */
export function inAll(estimate: Estimate, scale: typeof percent = percent, decimals = decimalsOf(estimate)): string {
  return estimate.in_all ? interval(estimate.in_all, scale, decimals) : tooFew(estimate.observed)
}

/** `1.2 to 3.4 %`. */
export function interval({ low, high }: Interval, scale: typeof percent, decimals: number): string {
  return `${scale(low, decimals).replace(/ \S+$/, '')} to ${scale(high, decimals)}`
}

export function tooFew({ effective }: Behind): string {
  return `too few (${behind(effective)})`
}

/** A share with what it was and its uncertainties, first all together, then each: of the change, if it is one. */
export function shareRows({ unchanged, hypothetical, change }: Change, parameter_draws: number): string[][] {
  const shown = unchanged ? change : hypothetical
  const decimals = decimalsOf(shown)
  const scale = unchanged ? points : percent
  const before = unchanged ? [['  before', percent(unchanged.expected, decimals), '']] : []
  const difference = unchanged ? [['  change', scale(shown.expected, decimals), '']] : []
  return [
    ['Share of all visits', percent(hypothetical.expected, decimals), unchanged ? '' : 'new in this market'],
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
  const row = (name: string, of: Interval | undefined, extra: number, note: string) => {
    return [name, of ? interval(of, scale, Math.min(3, decimalsFor(of.se) + extra)) : 'unknown', note]
  }
  const people = `${count(observed.visits)} are shown it, effective ${behind(observed.effective)}`
  return [
    row('  95 %, in all', in_all, 1, in_all ? 'all three together' : 'too few observed visits: 30 effective ones are the least'),
    row('    observed visits', visits, 1, people),
    row('    simulation', monte_carlo, 0, 'narrower with more visits'),
    row(
      '    model',
      parameters,
      1,
      parameters ? `${count(draws)} draws of the model's parameters` : 'no draws of its parameters',
    ),
  ]
}

/** An effective number: of few, with a decimal. */
export function behind(effective: number): string {
  return effective < 100 ? effective.toFixed(1) : count(Math.round(effective))
}
