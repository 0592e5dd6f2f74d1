// Two predictions held against each other, as core compares them (core/src/pipeline/prediction/report/compare.rs), and for people.
// Shares are fractions of all visits in the hypothetical markets; differences are the second less the first.

import { count, cut, heading, percent, points, pounds, table } from '../terminal/text.ts'
import type { Estimate, Interval } from './report.ts'
import { about, DECIMALS, inAll, topOf } from './text/estimates.ts'

export interface Comparison {
  schema: number
  runs: [Compared, Compared]
  /** Of which sources of uncertainty both have the same. `parameters` is absent unless both have parameter draws. */
  paired: { visits: boolean; monte_carlo: boolean; parameters?: boolean }
  differs: Differs[]
  /** The tariff that each is about; absent unless both are about one. */
  focus?: Difference
  no_switch: Difference
  suppliers: (Difference & { supplier: string })[]
  saving_per_visit_gbp: { first: number; second: number; difference: number }
}

export interface Compared {
  scenario: string
  visits: number
  seed: number
  focus: { id: string; supplier: string; name: string } | null
}

/** A share in both; `first` or `second` is absent where it is not in that market. */
export interface Difference {
  first?: number
  second?: number
  difference: Estimate
  verdict: keyof typeof VERDICTS
}

const VERDICTS = {
  more: 'surely more',
  less: 'surely less',
  same: 'the same',
  unsure: 'not to be told apart',
  too_few: 'too few visits to tell',
}

export type Differs = keyof typeof DIFFERENCES

const OF_SIMULATION = 'as unsure of simulation as both together'

/** What it means for the comparison. */
const DIFFERENCES = {
  visits: 'other observed visits: the difference is as unsure of them, and of simulation, as both together',
  kept_visits: 'too few of the same people are kept of both: as if they were other observed visits',
  market: 'other tariffs or rates, before any edit: the difference is theirs too',
  model: "another choice model: the difference is the models' too, and as unsure of parameters as both together",
  parameter_draws: 'draws of parameters in one alone: those of the other count as exactly known',
  seed: 'another seed: as unsure of simulation and parameters as both together; --seed makes it the same',
  simulated_visits: `another number of simulated visits: the difference is ${OF_SIMULATION}`,
  usage_jitter_percent: `another usage_jitter_percent: the difference is ${OF_SIMULATION}`,
  order: "another order of result tables: the difference is the order's too",
  lost: `replays are missing: the difference is ${OF_SIMULATION}`,
}

/** The comparison as text, of runs that are called so. */
export function render(
  { runs, paired, differs, focus, no_switch, suppliers, saving_per_visit_gbp: saving }: Comparison,
  names: string[],
): string {
  const sorted = [...suppliers].sort((a, b) => Math.abs(b.difference.expected) - Math.abs(a.difference.expected))
  const [shown, rest] = topOf(sorted)
  const main = focus ?? no_switch
  const sections = [
    [
      heading('Two predictions, and what the second has more or less'),
      ...runs.flatMap((run, at) => introduced(run, names[at] ?? '')),
    ],
    [
      heading('Shares of all visits, hypothetical market'),
      ...table('~>>>><', [
        ['', 'first', 'second', 'difference', '95 %, in all', ''],
        ...(focus ? [row('the tariff it is about', focus)] : []),
        row('no switch', no_switch),
        ...shown.map((one) => row(one.supplier, one)),
      ]),
      ...(rest.length > 0 ? [`  and ${rest.length} with smaller differences`] : []),
    ],
    [
      heading(`How sure the difference is: of ${focus ? 'the tariff it is about' : 'no switch'}`),
      ...table('<><', sources(main.difference, paired)),
    ],
    [`Saving per visit, a year: ${pounds(saving.first)}, then ${pounds(saving.second)}`],
    notTheSame(differs),
  ]
  return sections.map((lines) => lines.join('\n')).join('\n\n')
}

function introduced({ scenario, visits, seed, focus }: Compared, name: string): string[] {
  const what = focus ? `${focus.supplier}, ${focus.name} (${focus.id})` : 'about no tariff'
  return [`  ${name}: ${scenario}`, `    ${what}`, `    ${count(visits)} simulated visits, seed ${seed}`].map((line) => cut(line))
}

function row(name: string, { first, second, difference, verdict }: Difference): string[] {
  const share = (of: number | undefined) => (of === undefined ? 'none' : percent(of, DECIMALS))
  return [name, share(first), share(second), about(difference, points), inAll(difference, points), VERDICTS[verdict]]
}

/** The interval in all and each source of it, with whether that is paired. */
function sources({ in_all, visits, monte_carlo, parameters }: Estimate, paired: Comparison['paired']): string[][] {
  const range = (of: Interval | undefined) => (of ? `${points(of.low).replace(/ pp$/, '')} to ${points(of.high)}` : 'unknown')
  const how = (isPaired: boolean, what: string) => (isPaired ? `paired: ${what}` : 'not the same: both count')
  const model = parameters ? how(paired.parameters ?? false, 'the same draws of parameters') : 'no draws of its parameters'
  return [
    ['95 %, in all', range(in_all), ''],
    ['  observed visits', range(visits), how(paired.visits, 'the same people')],
    ['  simulation', range(monte_carlo), how(paired.monte_carlo, 'the same visits and luck')],
    ['  model', range(parameters), model],
  ]
}

function notTheSame(differs: Differs[]): string[] {
  if (differs.length === 0) return ['Both are of the same visits, market, model and seed: what differs is the edits alone.']
  return [heading('Not the same in both, besides edits'), ...differs.map((one) => `  ${DIFFERENCES[one]}`)]
}
