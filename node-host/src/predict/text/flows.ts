// Who comes over to the focus tariff: from every present supplier and tariff, its supplier's own customers told apart.

import { bar, count, heading, percent, table } from '../../terminal/text.ts'
import type { Behind, Destinations, Report } from '../report.ts'
import { areFew, BAR_WIDTH, DECIMALS, isFew, roughly, topOf } from './estimates.ts'

interface Row {
  name: string
  own?: boolean
  visits: number
  observed: Behind
  unchanged: Destinations
  hypothetical: Destinations
}

/** Nothing without a focus, or where nobody chooses it. */
export function flows({ focus, flows }: Report): string[][] {
  const all = flows.reduce((sum, { hypothetical }) => sum + (hypothetical.focus ?? 0), 0)
  if (!focus || all === 0) return []
  const suppliers = flows.map(({ supplier, ...flow }) => ({ ...flow, name: flow.own ? `own customers (${supplier})` : supplier }))
  const tariffs = flows.flatMap(({ supplier, tariffs }) => tariffs.map((flow) => ({ ...flow, name: `${supplier}: ${flow.id}` })))
  const isNew = focus.share.unchanged === undefined
  const part = (name: string, rows: Row[]) => block(name, rows, { all, isNew, isFew: isFew(focus.share.hypothetical) })
  return [
    [
      heading('Who comes over'),
      ...table(isNew ? '~>>><' : '~>>>><', [
        ['', 'visits', ...(isNew ? ['come over'] : ['before', 'after']), 'of all', ''],
        ...part('by present supplier', suppliers),
        ...part('by present tariff', tariffs),
      ]),
    ],
  ]
}

/** The own customers, those that most visits come from, and the others together. */
function block(name: string, rows: Row[], of: { all: number; isNew: boolean; isFew: boolean }): string[][] {
  const to = ({ focus = 0 }: Destinations) => focus
  const isOwn = ({ own = false }: Row) => Number(own)
  const sorted = rows.toSorted((a, b) => isOwn(b) - isOwn(a) || to(b.hypothetical) - to(a.hypothetical))
  const [top, rest] = topOf(sorted)
  const most = Math.max(...top.map(({ hypothetical }) => to(hypothetical)))
  const cells = (name: string, rows: Row[]) => {
    const sum = (part: (row: Row) => number) => rows.reduce((total, row) => total + part(row), 0)
    const [visits, after] = [sum(({ visits }) => visits), sum(({ hypothetical }) => to(hypothetical))]
    // Of groups, at most: they may differ in weight.
    const about = (share: number, decimals?: number) => {
      return roughly(percent(share, decimals), of.isFew || areFew(...rows.map(({ observed }) => observed)))
    }
    const before = of.isNew ? [] : [about(sum(({ unchanged }) => to(unchanged)) / visits, DECIMALS)]
    const bars = rows.length === 1 ? bar(after, most, BAR_WIDTH) : ''
    return [`  ${name}`, count(visits), ...before, about(after / visits, DECIMALS), about(after / of.all), bars]
  }
  const others = rest.length > 0 ? [cells(`${rest.length} others`, rest)] : []
  return [[name], ...top.map((row) => cells(row.name, [row])), ...others]
}
