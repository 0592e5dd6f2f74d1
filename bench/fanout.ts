// Chunks that do no work, fanned out and joined in one process: what the ledger, the bus and the queue take of every chunk, and
// what they keep of it.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { loadBullmq } from '../setup/bullmq.mjs'
import type { Ran } from './fanout-process.ts'
import { median } from './statistics.ts'

const RUNS = 10
const CHUNKS = 10_000
/** V8's space for young objects at its full size from the beginning: its growth would look like a leak. */
const V8 = ['--expose-gc', '--min-semi-space-size=16', '--max-semi-space-size=16']
const program = (name: string) => fileURLToPath(new URL(name, import.meta.url))
/** What BullMQ is tried with, to take the best: beyond, it gets no faster. */
const BULLMQ = { runs: 4, concurrencies: [50, 200] }

/** Chunks per second with each ledger, and the memory of 100,000; and how many times as many as BullMQ's. */
export function measureFanout(say: (what: string) => void): Record<string, number> {
  const [redis, memory] = (['redis', 'memory'] as const).map((which) => {
    say(`fanning out and joining ${RUNS} × ${CHUNKS.toLocaleString('en')} chunks that do no work, ledger in ${which}`)
    return measured('fanout-process.ts', which, CHUNKS, RUNS) as Ran[]
  }) as [Ran[], Ran[]]
  const perSecond = (ran: Ran[]) => Math.round(median(ran.slice(1).map(({ chunks_per_s }) => chunks_per_s)))
  // From the second run: the first warms up.
  const growth = (ran: Ran[], of: (ran: Ran) => number) => of(ran.at(-1) as Ran) - of(ran[1] as Ran)
  const theirs = bullmqPerSecond(say)
  const grown_mb = (ran: Ran[]) => growth(ran, ({ rss_bytes }) => rss_bytes) / 2 ** 20
  return {
    'fanout.redis_chunks_per_s': perSecond(redis),
    'fanout.memory_chunks_per_s': perSecond(memory),
    ...(theirs === undefined ? {} : { 'fanout.bullmq_chunks_per_s': theirs, 'fanout.over_bullmq': perSecond(redis) / theirs }),
    'fanout.redis_rss_growth_mb': grown_mb(redis),
    'fanout.memory_rss_growth_mb': grown_mb(memory),
    'fanout.redis_bytes_per_chunk': growth(redis, ({ redis_bytes }) => redis_bytes) / ((RUNS - 2) * CHUNKS),
  }
}

/** Chunks per second of BullMQ at its best; nothing where it could not be fetched. */
function bullmqPerSecond(say: (what: string) => void): number | undefined {
  if (!loadBullmq()) {
    say('not measuring BullMQ: it could not be fetched, as `node setup/ready.mjs bench` says')
    return undefined
  }
  const { runs, concurrencies } = BULLMQ
  say(`the same with BullMQ, ${concurrencies.length * runs} × ${CHUNKS.toLocaleString('en')} children that do no work`)
  const ran = concurrencies.map((concurrency) => measured('fanout-bullmq.ts', CHUNKS, runs, concurrency) as number[])
  return Math.round(Math.max(...ran.map((rates) => median(rates.slice(1)))))
}

/** What a process measured. */
function measured(name: string, ...args: (string | number)[]): unknown {
  return JSON.parse(execFileSync(process.execPath, [...V8, program(name), ...args.map(String)], { encoding: 'utf8' }))
}
