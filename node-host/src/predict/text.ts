// The report for people.

import { bar, count, cut, decimalsFor, heading, percent, points, pounds, signed, table } from '../terminal/text.ts'
import type { Change, Focus, Gap, GroupChange, Interval, Report, SweepPoint } from './report.ts'

const TOP = 8
const BAR_WIDTH = 20

/** The whole report as text, cut on a terminal where it would not fit. */
export function render(report: Report): string {
  const { focus } = report
  const sections = [
    title(report),
    ...(report.gap ? [incomplete(report.gap)] : []),
    focus ? aboutFocus(focus, report) : aboutNoSwitch(report),
    ...(focus && focus.share.change.expected > 0 ? [takenFrom(focus)] : winnersAndLosers(report)),
    groups(report),
    savings(report),
    ...(report.sweep.length > 0 ? [sweep(report.sweep)] : []),
  ]
  return sections.map((lines) => lines.join('\n')).join('\n\n')
}

function title({ scenario, visits, seed, order, model_command }: Report): string[] {
  const about = `${count(visits)} simulated visits, seed ${seed}, results ordered by ${words(order)}`
  const model = model_command === undefined ? [] : [cut(`Choice probabilities by ${model_command}`)]
  return [heading(cut(scenario)), about, ...model]
}

/** Nobody should take it for the whole. */
function incomplete({ visits_lost, replays_lost, replays, lost }: Gap): string[] {
  const rest = lost.length > TOP ? ` and ${count(lost.length - TOP)} more` : ''
  return [
    heading('INCOMPLETE: a part of the work was lost, and all figures are of what is left'),
    `${count(replays_lost)} of ${count(replays)} replays are missing, and with them ${count(visits_lost)} visits`,
    cut(`Missing: ${lost.slice(0, TOP).join(', ')}${rest}`),
  ]
}

function aboutFocus({ supplier, name, id, share, position, ...focus }: Focus, report: Report): string[] {
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

function aboutNoSwitch({ no_switch, parameter_draws }: Report): string[] {
  return [heading('Visits that end without a switch'), ...table('<<<', shareRows(no_switch, parameter_draws))]
}

/** A share with what it was, and its two uncertainties: of the change, if it is one. */
function shareRows({ unchanged, hypothetical, change }: Change, parameter_draws: number): string[][] {
  const { expected, monte_carlo, parameters } = unchanged ? change : hypothetical
  const decimals = decimalsFor(monte_carlo.se)
  const scale = unchanged ? points : percent
  const interval = ({ low, high }: Interval, decimals: number) => `${scale(low, decimals)} to ${scale(high, decimals)}`
  const model = parameters && interval(parameters, Math.min(decimals, decimalsFor(parameters.se) + 1))
  const draws = model ? `${count(parameter_draws)} draws of the model's parameters` : 'no draws of its parameters'
  const before = unchanged ? [['  before', percent(unchanged.expected, decimals), '']] : []
  const difference = unchanged ? [['  change', scale(expected, decimals), '']] : []
  return [
    ['Share of all visits', percent(hypothetical.expected, decimals), unchanged ? '' : 'new in this market'],
    ...before,
    ...difference,
    ['  95 %, simulation', interval(monte_carlo, decimals), 'narrower with more visits'],
    ['  95 %, model', model ?? 'unknown', draws],
  ]
}

function takenFrom({ taken_from }: Focus): string[] {
  // One more would take the same line as `1 others`.
  const shown = taken_from.length === TOP + 1 ? TOP + 1 : TOP
  const [top, rest] = [taken_from.slice(0, shown), taken_from.slice(shown)]
  const row = (name: string, share: number, of_all: number) => {
    return [name, percent(share, 2).replace('%', 'pp'), percent(of_all), bar(of_all, top[0]?.of_all ?? 1, BAR_WIDTH)]
  }
  const name = ({ id, supplier }: { id: string; supplier: string }) => (supplier ? `${supplier}: ${id}` : words(id))
  const sum = (field: 'share' | 'of_all') => rest.reduce((total, taken) => total + taken[field], 0)
  const others = rest.length > 0 ? [row(`${rest.length} others`, sum('share'), sum('of_all'))] : []
  return [
    heading('Whom it takes share from'),
    ...table('~>><', [
      ['', 'share', 'of all', ''],
      ...top.map((taken) => row(name(taken), taken.share, taken.of_all)),
      ...others,
    ]),
  ]
}

/** Who gains and who loses, where the report is about no tariff that gains. */
function winnersAndLosers({ tariffs, suppliers }: Report): string[][] {
  const bySupplier = suppliers.map(({ supplier, unchanged, hypothetical, change }) => {
    return { name: supplier, before: unchanged, after: hypothetical, change }
  })
  const byTariff = tariffs.map(({ supplier, id, unchanged, hypothetical, change }) => {
    return { name: `${supplier}: ${id}`, before: unchanged?.expected ?? 0, after: hypothetical.expected, change: change.expected }
  })
  return [ranking('Suppliers', bySupplier), ranking('Tariffs', byTariff)]
}

function ranking(kind: string, all: { name: string; before: number; after: number; change: number }[]): string[] {
  const sorted = all.filter(({ change }) => change !== 0).sort((a, b) => b.change - a.change)
  const [gaining, losing] = [sorted.filter(({ change }) => change > 0), sorted.filter(({ change }) => change < 0).reverse()]
  const rows = [...gaining.slice(0, TOP), ...losing.slice(0, TOP)].map(({ name, before, after, change }) => {
    return [name, percent(before, 2), percent(after, 2), points(change)]
  })
  if (rows.length === 0) return [heading(`${kind}: none gains or loses`)]
  const left = sorted.length - rows.length
  return [
    heading(`${kind} that gain and lose most`),
    ...table('~>>>', [['', 'before', 'after', 'change'], ...rows]),
    ...(left > 0 ? [`  and ${left} with smaller changes`] : []),
  ]
}

function groups({ groups, focus }: Report): string[] {
  const pair = ([before, after]: [number, number], text: (value: number) => string) => [text(before), text(after)]
  const cells = ({ name, visits, focus, no_switch, saving_gbp }: GroupChange) => [
    `  ${name}`,
    count(visits),
    ...(focus ? pair(focus, (share) => percent(share, 2)) : []),
    ...pair(no_switch, (share) => percent(share)),
    ...pair(saving_gbp, pounds),
  ]
  const kinds = ['', '', ...(focus ? ['share', ''] : []), 'no switch', '', 'saving', '']
  const columns = ['', 'visits', ...kinds.slice(2).map((_, at) => (at % 2 === 0 ? 'before' : 'after'))]
  const rows = (name: string, group: GroupChange[]) => [[name, ...columns.slice(1).map(() => '')], ...group.map(cells)]
  return [
    heading('By group of visits'),
    ...table('<>>>>>>>', [
      ...[kinds, columns],
      ...rows('payment', groups.payment),
      ...rows('usage', groups.usage_band),
      ...rows('region', groups.region),
    ]),
  ]
}

/** A change of pounds. */
function gained(amount: number): string {
  return signed(amount, 2).replace(/^([+-]?)/, '$1£')
}

function savings({ saving }: Report): string[] {
  const row = (name: string, [before, after]: [number, number]) => [name, pounds(before), pounds(after), gained(after - before)]
  return [
    heading('Mean saving in the first year'),
    ...table('<>>>', [
      ['', 'before', 'after', 'change'],
      row('per visit, nothing where there is no switch', saving.per_visit_gbp),
      row('per switch', saving.per_switch_gbp),
    ]),
  ]
}

function sweep(points: SweepPoint[]): string[] {
  const most = Math.max(...points.map(({ share }) => share))
  const decimals = Math.max(...points.map(({ monte_carlo }) => decimalsFor(monte_carlo.se)))
  const rows = points.map(({ unit_rate_percent, share, monte_carlo: { low, high } }) => {
    const change = `${signed(unit_rate_percent, Number.isInteger(unit_rate_percent) ? 0 : 1)} %`
    return [change, percent(share, decimals), `± ${percent((high - low) / 2, decimals)}`, bar(share, most, BAR_WIDTH)]
  })
  return [heading('Its share as its unit rates change (±: 95 %, simulation)'), ...table('>>><', rows)]
}

function words(id: string): string {
  return id.replaceAll('_', ' ').trim()
}
