// Chunks that do no work, fanned out and joined in one process: what the ledger, the bus and the queue take of every chunk, and
// what they keep of it.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Ran } from './fanout-process.ts'
import { median } from './statistics.ts'

const RUNS = 10
const CHUNKS = 10_000
/** V8's space for young objects at its full size from the beginning: its growth would look like a leak. */
const V8 = ['--expose-gc', '--min-semi-space-size=16', '--max-semi-space-size=16']
const program = fileURLToPath(new URL('fanout-process.ts', import.meta.url))

/** Chunks per second with each ledger, and the memory of 100,000. */
export function measureFanout(say: (what: string) => void): Record<string, number> {
  const [redis, memory] = (['redis', 'memory'] as const).map((which) => {
    say(`fanning out and joining ${RUNS} × ${CHUNKS.toLocaleString('en')} chunks that do no work, ledger in ${which}`)
    const args = [...V8, program, which, String(CHUNKS), String(RUNS)]
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Ran[]
  }) as [Ran[], Ran[]]
  const perSecond = (ran: Ran[]) => Math.round(median(ran.slice(1).map(({ chunks_per_s }) => chunks_per_s)))
  // From the second run: the first warms up.
  const growth = (ran: Ran[], of: (ran: Ran) => number) => of(ran.at(-1) as Ran) - of(ran[1] as Ran)
  const grown_mb = (ran: Ran[]) => growth(ran, ({ rss_bytes }) => rss_bytes) / 2 ** 20
  return {
    'fanout.redis_chunks_per_s': perSecond(redis),
    'fanout.memory_chunks_per_s': perSecond(memory),
    'fanout.redis_rss_growth_mb': grown_mb(redis),
    'fanout.memory_rss_growth_mb': grown_mb(memory),
    'fanout.redis_bytes_per_chunk': growth(redis, ({ redis_bytes }) => redis_bytes) / ((RUNS - 2) * CHUNKS),
  }
}
