// How shares move with the price of a tariff: its own, the focus's, and those of suppliers.

import { bar, cut, heading, percent, points, table } from '../../terminal/text.ts'
import type { Moved, Report, Sweep, SweepPoint } from '../report.ts'
import { BAR_WIDTH, decimalsOfAll, inAll, TOP, words } from './estimates.ts'

/** Of more steps, so many have a column in the table of others. */
const COLUMNS = 5

/** Two tables: the swept tariff's share at each step, and what that does to others. */
export function sweep({ supplier, name, id, moves, points }: Sweep, report: Report): string[][] {
  const [, what = moves, unit = ''] = /^(.*)_(percent|pence)$/.exec(moves) ?? []
  const parts = `${words(what)}s`
  const steps = points.map(({ step }) => `${step > 0 ? '+' : ''}${step} ${unit === 'pence' ? 'p' : '%'}`)
  return [
    [heading(cut(`Share of ${supplier}, ${name} (${id}) as its ${parts} change`)), ...own(points, steps)],
    [heading(cut(`What others and each supplier gain as the ${parts} of ${id} change`)), ...others(points, steps, report)],
  ]
}

function own(points: SweepPoint[], steps: string[]): string[] {
  const shares = points.map(({ tariff }) => tariff.share)
  const most = Math.max(...shares.map(({ expected }) => expected))
  const decimals = decimalsOfAll(shares)
  const rows = shares.map((share, at) => [
    steps[at] ?? '',
    percent(share.expected, decimals),
    inAll(share, percent, decimals),
    bar(share.expected, most, BAR_WIDTH),
  ])
  return table('>>><', [['', 'share', '95 %, in all', ''], ...rows])
}

/** The focus, no switch, and the suppliers that move most, at a few of the steps. */
function others(swept: SweepPoint[], steps: string[], { focus, suppliers }: Report): string[] {
  const count = Math.min(COLUMNS, swept.length)
  const columns = Array.from({ length: count }, (_, at) => Math.round((at * (swept.length - 1)) / Math.max(1, count - 1)))
  const row = (name: string, of: (point: SweepPoint) => Moved | undefined) => {
    const moved = swept.map((point) => of(point)?.change.expected ?? 0)
    return { most: Math.max(...moved.map(Math.abs)), cells: [name, ...columns.map((at) => points(moved[at] ?? 0))] }
  }
  const bySupplier = suppliers.map(({ supplier }, at) => row(supplier, (point) => point.suppliers[at]))
  const moving = bySupplier.filter(({ most }) => most > 0).sort((a, b) => b.most - a.most)
  const isOther = focus && swept.some((point) => point.focus)
  const rows = [
    ...(isOther ? [row(`${focus.supplier}: ${focus.id}`, (point) => point.focus)] : []),
    row('no switch', (point) => point.no_switch),
    ...moving.slice(0, TOP),
  ]
  return table(`~${'>'.repeat(count)}`, [['', ...columns.map((at) => steps[at] ?? '')], ...rows.map(({ cells }) => cells)])
}
