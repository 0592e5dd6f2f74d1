// The X-Ray header: which request an invocation belongs to, and through which functions it came.
//
// Lambda counts in its `Lineage` how often each function occurs, and stops a loop after 16 of the same. Its format is its own
// business; ours is `Lineage=switchyard-plan:1|switchyard-sample:2`: function name and count.

import { randomBytes } from 'node:crypto'

/** As often as this may one function occur in a lineage. */
export const LINEAGE_MAX = 16

/** A new header, for a client that sent none. */
export function newTrace(now_ms = Date.now()): string {
  const seconds = Math.floor(now_ms / 1000)
    .toString(16)
    .padStart(8, '0')
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=0`
}

/** The header that a function is to see: the one that came, with the function in its lineage, and how often it is there now. */
export function enter(header: string | undefined, functionName: string): { header: string; count: number } {
  const fields = (header?.trim() || newTrace()).split(';').map((field) => field.trim())
  const lineage = fields.find((field) => field.startsWith(LINEAGE))?.slice(LINEAGE.length)
  const entries = lineage ? lineage.split('|') : []
  const own = `${functionName}:`
  const before = entries.find((entry) => entry.startsWith(own))
  const count = 1 + (Number(before?.slice(own.length)) || 0)
  const others = entries.filter((entry) => entry !== before)
  const rest = fields.filter((field) => field !== '' && !field.startsWith(LINEAGE))
  return { header: [...rest, `${LINEAGE}${[...others, `${own}${count}`].join('|')}`].join(';'), count }
}

const LINEAGE = 'Lineage='
