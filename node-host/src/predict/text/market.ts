// The market beside the focus: who gains and who loses, and what the other edits do.

import { heading, points, table } from '../../terminal/text.ts'
import type { Change, Estimate, Focus, OtherEdits, Report } from '../report.ts'
import { about, inAll, TOP, words } from './estimates.ts'

interface Row {
  name: string
  share?: Change
  change: Estimate
}

/** Who gains and who loses, where the report is about no tariff whose own edits move it. */
export function winnersAndLosers({ tariffs, suppliers }: Report): string[][] {
  const bySupplier = suppliers.map((share) => ({ name: share.supplier, share, change: share.change }))
  const byTariff = tariffs.map((share) => ({ name: `${share.supplier}: ${share.id}`, share, change: share.change }))
  return [ranking('Suppliers', bySupplier), ranking('Tariffs', byTariff)]
}

function ranking(kind: string, all: Row[]): string[] {
  const { shown, left } = mostMoved(all)
  if (shown.length === 0) return [heading(`${kind}: none gains or loses`)]
  const rows = shown.map(({ name, share, change }) => {
    const of = (estimate: Estimate | undefined) => (estimate ? about(estimate) : '')
    return [name, of(share?.unchanged), of(share?.hypothetical), ...moved(change)]
  })
  return [
    heading(`${kind} that gain and lose most`),
    ...table('~>>>>', [['', 'before', 'after', 'change', '95 %, in all'], ...rows]),
    ...rest(left),
  ]
}

/** What the edits do that are not the focus's own: to its share, and to everybody's. */
export function otherEdits({ no_switch, tariffs, suppliers }: OtherEdits, focus: Focus): string[] {
  const { volume, supplier, id } = focus
  const isOther = (tariff: { id: string }) => tariff.id !== id
  const bySupplier = mostMoved(suppliers.map(({ supplier, change }) => ({ name: supplier, change })))
  const byTariff = mostMoved(tariffs.filter(isOther).map(({ supplier, id, change }) => ({ name: `${supplier}: ${id}`, change })))
  const row = ({ name, change }: Row) => [name, ...moved(change)]
  return [
    heading('What the other edits do'),
    ...table('~>>', [
      ['', 'change', '95 %, in all'],
      ...(volume.others && volume.others.expected !== 0 ? [row({ name: `${supplier}: ${id}`, change: volume.others })] : []),
      row({ name: words('no_switch'), change: no_switch }),
      ...[bySupplier, byTariff].flatMap(({ shown }) => shown.map(row)),
    ]),
    ...rest(bySupplier.left + byTariff.left),
  ]
}

function moved(change: Estimate): string[] {
  return [about(change, points), inAll(change, points)]
}

/** Those that gain most, then those that lose most, and how many there are beside. */
function mostMoved(all: Row[]): { shown: Row[]; left: number } {
  const sorted = all.filter(({ change }) => change.expected !== 0).sort((a, b) => b.change.expected - a.change.expected)
  const gaining = sorted.filter(({ change }) => change.expected > 0)
  const losing = sorted.filter(({ change }) => change.expected < 0).reverse()
  const shown = [...gaining.slice(0, TOP), ...losing.slice(0, TOP)]
  return { shown, left: sorted.length - shown.length }
}

function rest(left: number): string[] {
  return left > 0 ? [`  and ${left} with smaller changes`] : []
}
