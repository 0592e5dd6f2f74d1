// Source of volume: whom the focus takes share from by its own edits, or whom it loses share to.

import { bar, heading, percent, points, table } from '../../terminal/text.ts'
import type { Interval, Source, Volume } from '../report.ts'
import { BAR_WIDTH, decimalsOf, decimalsOfAll, inAll, TOP, words } from './estimates.ts'

/** The sources with their intervals, most first. Those beyond the first are one row: they have no interval together. */
export function volume({ own, sources }: Volume): string[] {
  const isLoss = own.expected < 0
  const moved = isLoss ? sources.toReversed().map(gained) : sources
  // One more would take the same line as `1 others`.
  const shown = moved.length === TOP + 1 ? TOP + 1 : TOP
  const [top, rest] = [moved.slice(0, shown), moved.slice(shown)]
  const decimals = Math.max(2, decimalsOfAll(top.map(({ share }) => share)))
  const most = top[0]?.of_all ?? 1
  const row = (name: string, share: number, range: string, of_all: number) => {
    return [name, shared(share, decimals), range, percent(of_all), bar(of_all, most, BAR_WIDTH)]
  }
  const total = (field: (source: Source) => number) => rest.reduce((sum, source) => sum + field(source), 0)
  const [others, of_all] = [total(({ share }) => share.expected), total(({ of_all }) => of_all)]
  return [
    heading(
      `Whom it ${isLoss ? 'loses share to' : 'takes share from'} by its own edits, ${points(own.expected, decimalsOf(own))} in all`,
    ),
    ...table('~>>><', [
      ['', 'share', '95 %, in all', 'of all', ''],
      ...top.map((source) => {
        return row(nameOf(source), source.share.expected, inAll(source.share, shared, decimals), source.of_all)
      }),
      ...(rest.length > 0 ? [row(`${rest.length} others`, others, '', of_all)] : []),
    ]),
  ]
}

function nameOf({ id, supplier }: Source): string {
  return supplier ? `${supplier}: ${id}` : words(id)
}

function shared(share: number, decimals?: number): string {
  return percent(share, decimals).replace('%', 'pp')
}

/** What one gains that the focus loses. */
function gained(source: Source): Source {
  const { expected, in_all, ...share } = source.share
  const turned = ({ se, low, high }: Interval): Interval => ({ se, low: -high, high: -low })
  return { ...source, share: { ...share, expected: -expected, ...(in_all && { in_all: turned(in_all) }) } }
}
