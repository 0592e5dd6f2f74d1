// Source of volume: whom the focus takes share from by its own edits, or whom it loses share to.

import { bar, heading, percent, points, table } from '../../terminal/text.ts'
import type { Source, Volume } from '../report.ts'
import { BAR_WIDTH, decimalsOf, inAll, TOP, words } from './estimates.ts'

/** The sources with their intervals, most first. Those beyond the first are one row: they have no interval together. */
export function volume({ own, sources }: Volume): string[] {
  const sign = own.expected < 0 ? -1 : 1
  const moved = own.expected < 0 ? [...sources].reverse() : sources
  // One more would take the same line as `1 others`.
  const shown = moved.length === TOP + 1 ? TOP + 1 : TOP
  const [top, rest] = [moved.slice(0, shown), moved.slice(shown)]
  const share = (expected: number, decimals: number) => percent(sign * expected, decimals).replace('%', 'pp')
  const sum = (field: (source: Source) => number) => rest.reduce((total, source) => total + field(source), 0)
  const row = (name: string, expected: number, decimals: number, range: string, of_all: number) => {
    return [name, share(expected, decimals), range, percent(of_all), bar(of_all, top[0]?.of_all ?? 1, BAR_WIDTH)]
  }
  const rows = top.map((source) => {
    const { share: estimate, of_all } = source
    return row(nameOf(source), estimate.expected, Math.max(2, decimalsOf(estimate)), ranged(source, sign), of_all)
  })
  const others = row(
    `${rest.length} others`,
    sum((source) => source.share.expected),
    2,
    '',
    sum(({ of_all }) => of_all),
  )
  const verb = own.expected < 0 ? 'Whom it loses share to' : 'Whom it takes share from'
  return [
    heading(`${verb} by its own edits, ${points(own.expected, decimalsOf(own))} in all`),
    ...table('~>>><', [['', 'share', '95 %, in all', 'of all', ''], ...rows, ...(rest.length > 0 ? [others] : [])]),
  ]
}

function nameOf({ id, supplier }: Source): string {
  return supplier ? `${supplier}: ${id}` : words(id)
}

/** What is lost is told as what is gained: the ends change places. */
function ranged({ share }: Source, sign: number): string {
  const { in_all } = share
  const flipped = in_all && sign < 0 ? { se: in_all.se, low: -in_all.high, high: -in_all.low } : in_all
  const decimals = Math.max(2, decimalsOf(share))
  return inAll(flipped ? { ...share, in_all: flipped } : share, (of, d) => percent(of, d).replace('%', 'pp'), decimals)
}
