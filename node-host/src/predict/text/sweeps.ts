// How shares move with the price of a tariff: its own, the focus's, and those of suppliers.

import { bar, count, cut, heading, points, table } from '../../terminal/text.ts'
import type { Levels, Moved, Prices, Report, Sweep, SweepPoint, TypicalConsumption } from '../report.ts'
import { about, BAR_WIDTH, inAll, TOP, words } from './estimates.ts'

/** Of more steps, so many have a column in the table of others. */
const COLUMNS = 5
/** What is less is shown as 0.00 pp. */
const SHOWN_LEAST = 0.00005

/** Two tables: the swept tariff's prices and share at each step, and what that does to others. */
export function sweep({ supplier, name, id, points, ...moving }: Sweep, report: Report): string[][] {
  const charges = chargesOf(moving)
  const steps = points.map(({ step }) => stepText(step, moving.moves))
  return [
    [
      heading(cut(`Share of ${supplier}, ${name} (${id}) by its ${charges}`)),
      ...own(points, steps, moving.moves),
      ...footnotes(moving, points, report.typical_consumption),
    ],
    [heading(cut(`What others and each supplier gain by the ${charges} of ${id}`)), ...others(points, steps, report)],
  ]
}

type Moving = Omit<Sweep, 'supplier' | 'name' | 'id' | 'points'>

/** Such as `gas unit rates in _A for prepayment`. */
function chargesOf({ moves, fuel, rate, regions, meters, payments }: Moving): string {
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
  const rows = swept.map(({ prices: asked, tariff: { share } }, at) => [
    steps[at] ?? '',
    ...prices.map(([name]) => asked[name as keyof Prices]?.toFixed(2) ?? ''),
    about(share),
    inAll(share),
    bar(share.expected, most, BAR_WIDTH),
  ])
  const columns = ['', ...prices.map(([, name]) => name), 'share', '95 %, in all', '']
  return table(`${'>'.repeat(columns.length - 1)}<`, [columns, ...rows])
}

/** What a year is, of what the tariff supplies, and of where prices are. */
function footnotes({ regions, meters, payments }: Moving, swept: SweepPoint[], typical: TypicalConsumption): string[] {
  const has = (...names: (keyof Prices)[]) => swept.some(({ prices }) => names.some((name) => prices[name] !== undefined))
  const medium = ({ medium }: Levels) => `${count(medium)} kWh`
  const uses = [
    ...(has('electricity_p_kwh') ? [`${medium(typical.electricity_kwh)} electricity`] : []),
    ...(has('day_p_kwh', 'night_p_kwh') ? [`${medium(typical.economy7_kwh)} on Economy 7 (42 % at night)`] : []),
    ...(has('gas_p_kwh') ? [`${medium(typical.gas_kwh)} gas`] : []),
  ]
  const year = `  a year: medium typical consumption in force from ${typical.from}, ${uses.join(', ')}`
  const isLimited = [regions, meters, payments].some((places) => places !== undefined)
  return isLimited
    ? [year, '  prices and share: mean of all places where it is on sale, not of those alone where prices move']
    : [year]
}

/** The focus, no switch, and the suppliers that move most, at a few of the steps. */
function others(swept: SweepPoint[], steps: string[], { focus, suppliers }: Report): string[] {
  const shown = Math.min(COLUMNS, swept.length)
  const columns = Array.from({ length: shown }, (_, at) => Math.round((at * (swept.length - 1)) / Math.max(1, shown - 1)))
  const row = (name: string, of: (point: SweepPoint) => Moved | undefined) => {
    const moved = swept.flatMap((point) => of(point)?.change ?? [])
    const most = Math.max(...moved.map(({ expected }) => Math.abs(expected)))
    return { most, cells: [name, ...columns.flatMap((at) => moved.slice(at, at + 1).map((change) => about(change, points)))] }
  }
  const bySupplier = suppliers.map(({ supplier }, at) => row(supplier, (point) => point.suppliers[at]))
  const moving = bySupplier.filter(({ most }) => most >= SHOWN_LEAST).sort((a, b) => b.most - a.most)
  const rows = [
    ...(focus && swept[0]?.focus ? [row(`${focus.supplier}: ${focus.id}`, (point) => point.focus)] : []),
    row(words('no_switch'), (point) => point.no_switch),
    ...moving.slice(0, TOP),
  ]
  return table(`~${'>'.repeat(shown)}`, [['', ...columns.map((at) => steps[at] ?? '')], ...rows.map(({ cells }) => cells)])
}
