// Who comes over to the focus tariff: from every present supplier and tariff, its supplier's own customers told apart.

import { bar, count, heading, percent, table } from '../../terminal/text.ts'
import type { Destinations, Report } from '../report.ts'
import { BAR_WIDTH, TOP } from './estimates.ts'

interface Row {
  name: string
  visits: number
  unchanged: Destinations
  hypothetical: Destinations
}

/** Nothing without a focus, or where nobody chooses it. */
export function flows({ focus, flows }: Report): string[][] {
  const all = flows.reduce((sum, { hypothetical }) => sum + (hypothetical.focus ?? 0), 0)
  if (!focus || all === 0) return []
  const suppliers = flows.map(({ own, supplier, ...flow }) => ({ ...flow, name: own ? `own customers (${supplier})` : supplier }))
  const tariffs = flows.flatMap(({ supplier, tariffs }) => tariffs.map((flow) => ({ ...flow, name: `${supplier}: ${flow.id}` })))
  const isNew = focus.share.unchanged === undefined
  const part = (name: string, rows: Row[]) => block(name, rows, { all, isNew })
  return [
    [
      heading('Who comes over'),
      ...table(isNew ? '~>>><' : '~>>>><', [
        ['', 'visits', ...(isNew ? ['of these'] : ['before', 'after']), 'of all', ''],
        ...part('by present supplier', suppliers),
        ...part('by present tariff', tariffs),
      ]),
    ],
  ]
}

/** Those most of whose visits go to the focus, and the others together. */
function block(name: string, rows: Row[], { all, isNew }: { all: number; isNew: boolean }): string[][] {
  const to = ({ focus = 0 }: Destinations) => focus
  const sorted = rows.toSorted((a, b) => to(b.hypothetical) - to(a.hypothetical))
  const [top, rest] = [sorted.slice(0, TOP), sorted.slice(TOP)]
  const sum = (part: (row: Row) => number) => rest.reduce((total, row) => total + part(row), 0)
  const most = to(top[0]?.hypothetical ?? { no_switch: 0, suppliers: [] })
  const cells = (name: string, visits: number, before: number, after: number) => [
    `  ${name}`,
    count(visits),
    ...(isNew ? [] : [percent(before / visits, 2)]),
    percent(after / visits, 2),
    percent(after / all),
    bar(after, most, BAR_WIDTH),
  ]
  const others = () => {
    const visits = sum(({ visits }) => visits)
    return cells(
      `${rest.length} others`,
      visits,
      sum((row) => to(row.unchanged)),
      sum((row) => to(row.hypothetical)),
    )
  }
  return [
    [name],
    ...top.map((row) => cells(row.name, row.visits, to(row.unchanged), to(row.hypothetical))),
    ...(rest.length > 0 ? [others()] : []),
  ]
}
