// Chunks that do no work, fanned out and joined in one process: what the ledger, the bus and the queue take of every chunk, and
// what they keep of it. BullMQ takes turns with the ledger in Redis, run by run.

import { loadBullmq } from '../setup/bullmq.mjs'
import { type Ran, Runner } from './fanout-turns.ts'
import { median } from './statistics.ts'

const RUNS = 10
/** Those that rivals take turns in. */
const TURNS = 6
const CHUNKS = 10_000
/** What BullMQ is tried with, to take the best: beyond, it gets no faster. */
const CONCURRENCIES = [50, 200]

/** Chunks per second with each ledger, and the memory of 100,000; and how many times as many as BullMQ's, the median of turns. */
export async function measureFanout(say: (what: string) => void): Promise<Record<string, number>> {
  const rivals = loadBullmq() ? CONCURRENCIES : []
  if (rivals.length === 0) say('not measuring BullMQ: it could not be fetched, as `node setup/ready.mjs bench` says')
  const chunks = `${RUNS} × ${CHUNKS.toLocaleString('en')} chunks that do no work`
  say(`fanning out and joining ${chunks}, ledger in Redis${rivals.length === 0 ? '' : ', in turns with BullMQ'}`)
  const [redis = [], ...bullmq] = await inTurns([
    () => new Runner('fanout-process.ts', 'redis'),
    ...rivals.map((concurrency) => () => new Runner('fanout-bullmq.ts', concurrency)),
  ])
  say(`the same ${chunks}, ledger in memory`)
  const [memory = []] = await inTurns([() => new Runner('fanout-process.ts', 'memory')])
  // From the second run: the first warms up.
  const growth = (ran: Ran[], of: (ran: Ran) => number) => of(ran.at(-1) as Ran) - of(ran[1] as Ran)
  const grown_mb = (ran: Ran[]) => growth(ran, ({ rss_bytes }) => rss_bytes) / 2 ** 20
  return {
    'fanout.redis_chunks_per_s': perSecond(redis),
    'fanout.memory_chunks_per_s': perSecond(memory),
    ...against(redis, bullmq),
    'fanout.redis_rss_growth_mb': grown_mb(redis),
    'fanout.memory_rss_growth_mb': grown_mb(memory),
    'fanout.redis_bytes_per_chunk': growth(redis, ({ redis_bytes }) => redis_bytes) / ((RUNS - 2) * CHUNKS),
  }
}

function perSecond(ran: Ran[]): number {
  return Math.round(median(ran.slice(1).map(({ chunks_per_s }) => chunks_per_s)))
}

/** Ours over BullMQ's at its best, turn by turn. */
function against(ours: Ran[], tried: Ran[][]): Record<string, number> {
  const [best] = tried.toSorted((a, b) => perSecond(b) - perSecond(a))
  if (!best) return {}
  const ratios = best.map(({ chunks_per_s }, turn) => (ours[turn] as Ran).chunks_per_s / chunks_per_s)
  return { 'fanout.bullmq_chunks_per_s': perSecond(best), 'fanout.over_bullmq': median(ratios.slice(1)) }
}

/** What the runs of each came to; those of the first go on when the turns are over. */
async function inTurns(starting: (() => Runner)[]): Promise<Ran[][]> {
  const runners = starting.map((start) => start())
  try {
    const ran: Ran[][] = runners.map(() => [])
    for (let turn = 0; turn < RUNS; turn += 1) {
      for (const [at, runner] of runners.entries()) if (at === 0 || turn < TURNS) ran[at]?.push(await runner.run(CHUNKS))
    }
    return ran
  } finally {
    for (const runner of runners) await runner.close()
  }
}
