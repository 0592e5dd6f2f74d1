// Source of volume: whom the focus takes share from by its own edits, or whom it loses share to.

import { bar, heading, percent, points, table } from '../../terminal/text.ts'
import type { Interval, Source, Volume } from '../report.ts'
import { about, BAR_WIDTH, DECIMALS, inAll, isFew, roughly, topOf, words } from './estimates.ts'

/** The sources with their intervals, most first. Those beyond the first are one row: they have no interval together. */
export function volume({ own, sources }: Volume): string[] {
  const isLoss = own.expected < 0
  const moved = isLoss ? sources.toReversed().map(gained) : sources
  const [top, rest] = topOf(moved)
  const most = top[0]?.of_all ?? 1
  const areFew = (sources: Source[]) => sources.every(({ share }) => isFew(share))
  const row = (name: string, share: string, range: string, part: Source[]) => {
    const of_all = part.reduce((sum, { of_all = 0 }) => sum + of_all, 0)
    return [name, share, range, roughly(percent(of_all), areFew(part)), bar(of_all, most, BAR_WIDTH)]
  }
  const others = rest.reduce((sum, { share }) => sum + share.expected, 0)
  return [
    heading(`Whom it ${isLoss ? 'loses share to' : 'takes share from'} by its own edits, ${about(own, points)} in all`),
    ...table('~>>><', [
      ['', 'share', '95 %, in all', 'of all', ''],
      ...top.map((source) => {
        return row(nameOf(source), about(source.share, shared), inAll(source.share, shared), [source])
      }),
      ...(rest.length > 0 ? [row(`${rest.length} others`, roughly(shared(others), areFew(rest)), '', rest)] : []),
    ]),
  ]
}

function nameOf({ id, supplier }: Source): string {
  return supplier ? `${supplier}: ${id}` : words(id)
}

function shared(share: number, decimals = DECIMALS): string {
  return percent(share, decimals).replace('%', 'pp')
}

/** What one gains that the focus loses. */
function gained(source: Source): Source {
  const { expected, in_all, ...share } = source.share
  const turned = ({ se, low, high }: Interval): Interval => ({ se, low: -high, high: -low })
  return { ...source, share: { ...share, expected: -expected, ...(in_all && { in_all: turned(in_all) }) } }
}
