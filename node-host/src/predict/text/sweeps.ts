// How shares move with the price of a tariff: its own, the focus's, and those of suppliers.

import { bar, count, cut, heading, percent, points, table } from '../../terminal/text.ts'
import type { Moved, Prices, Report, Sweep, SweepPoint, TypicalConsumption } from '../report.ts'
import { BAR_WIDTH, decimalsOfAll, inAll, TOP, words } from './estimates.ts'

/** Of more steps, so many have a column in the table of others. */
const COLUMNS = 5

/** Two tables: the swept tariff's prices and share at each step, and what that does to others. */
export function sweep({ supplier, name, id, points, ...moving }: Sweep, report: Report): string[][] {
  const charges = chargesOf(moving)
  const steps = points.map(({ step }) => stepText(step, moving.moves))
  return [
    [
      heading(cut(`Share of ${supplier}, ${name} (${id}) by its ${charges}`)),
      ...own(points, steps, moving.moves),
      typicalYear(report.typical_consumption),
    ],
    [heading(cut(`What others and each supplier gain by the ${charges} of ${id}`)), ...others(points, steps, report)],
  ]
}

/** Such as `gas unit rates in _A for prepayment`. */
function chargesOf({ moves, fuel, rate, regions, meters, payments }: Omit<Sweep, 'supplier' | 'name' | 'id' | 'points'>): string {
  const what = isUnitRate(moves) ? 'unit rates' : 'standing charges'
  const limits = [meters, payments].flatMap((places) => (places ? [`for ${places.map(words).join(', ')}`] : []))
  return [rate, fuel, what, ...(regions ? [`in ${regions.join(', ')}`] : []), ...limits].filter(Boolean).join(' ')
}

/** A step as it was asked for: nothing of it is rounded. */
function stepText(step: number, moves: string): string {
  const sign = step > 0 && !moves.endsWith('_to_pence') ? '+' : ''
  return `${sign}${step} ${moves.endsWith('_percent') ? '%' : 'p'}`
}

const isUnitRate = (moves: string) => moves.startsWith('unit_rate')

/** What prices are called in a table, those of what moves and the year that comes of it. */
const PRICES = {
  unit: { electricity_p_kwh: 'elec p/kWh', day_p_kwh: 'day p/kWh', night_p_kwh: 'night p/kWh', gas_p_kwh: 'gas p/kWh' },
  standing: { electricity_p_day: 'elec p/day', gas_p_day: 'gas p/day' },
  year: { typical_year_gbp: '£ a year' },
}

function own(swept: SweepPoint[], steps: string[], moves: string): string[] {
  const names = Object.entries({ ...(isUnitRate(moves) ? PRICES.unit : PRICES.standing), ...PRICES.year })
  const prices = names.filter(([name]) => swept.some(({ prices }) => prices[name as keyof Prices] !== undefined))
  const shares = swept.map(({ tariff }) => tariff.share)
  const most = Math.max(...shares.map(({ expected }) => expected))
  const decimals = decimalsOfAll(shares)
  const rows = swept.map(({ prices: asked, tariff: { share } }, at) => [
    steps[at] ?? '',
    ...prices.map(([name]) => asked[name as keyof Prices]?.toFixed(2) ?? ''),
    percent(share.expected, decimals),
    inAll(share, percent, decimals),
    bar(share.expected, most, BAR_WIDTH),
  ])
  const columns = ['', ...prices.map(([, name]) => name), 'share', '95 %, in all', '']
  return table(`${'>'.repeat(columns.length - 1)}<`, [columns, ...rows])
}

function typicalYear({ from, electricity_kwh, gas_kwh }: TypicalConsumption): string {
  const [electricity, gas] = [electricity_kwh, gas_kwh].map(({ medium }) => count(medium))
  return `  a year: medium typical consumption in force from ${from}, ${electricity} kWh electricity, ${gas} kWh gas`
}

/** The focus, no switch, and the suppliers that move most, at a few of the steps. */
function others(swept: SweepPoint[], steps: string[], { focus, suppliers }: Report): string[] {
  const shown = Math.min(COLUMNS, swept.length)
  const columns = Array.from({ length: shown }, (_, at) => Math.round((at * (swept.length - 1)) / Math.max(1, shown - 1)))
  const row = (name: string, of: (point: SweepPoint) => Moved | undefined) => {
    const moved = swept.map((point) => of(point)?.change.expected ?? 0)
    return { most: Math.max(...moved.map(Math.abs)), cells: [name, ...columns.map((at) => points(moved[at] ?? 0))] }
  }
  const bySupplier = suppliers.map(({ supplier }, at) => row(supplier, (point) => point.suppliers[at]))
  const moving = bySupplier.filter(({ most }) => most > 0).sort((a, b) => b.most - a.most)
  const rows = [
    ...(focus && swept[0]?.focus ? [row(`${focus.supplier}: ${focus.id}`, (point) => point.focus)] : []),
    row(words('no_switch'), (point) => point.no_switch),
    ...moving.slice(0, TOP),
  ]
  return table(`~${'>'.repeat(shown)}`, [['', ...columns.map((at) => steps[at] ?? '')], ...rows.map(({ cells }) => cells)])
}
