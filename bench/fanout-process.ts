// The process that `bench/fanout.ts` measures: runs of parts that do no work, one after another, on the ledger and bus that it is
// told. Prints what each run came to.

import { Bus } from '../node-host/src/local/bus.ts'
import { RedisBus } from '../node-host/src/redis/bus.ts'
import { Connection } from '../node-host/src/redis/connection.ts'
import { RedisLedger } from '../node-host/src/redis/ledger.ts'
import { loadPackage } from '../node-host/src/wasm.ts'
import { startRedis } from '../tests/real-parts.ts'
import { Fanout, LIMITS } from './fanout-run.ts'

/** What a run came to. */
export interface Ran {
  chunks_per_s: number
  /** Of this process after the run, its garbage collected. */
  rss_bytes: number
  /** What Redis holds, of all runs so far. */
  redis_bytes: number
}

const [which, parts = Number.NaN, runs = Number.NaN] = [process.argv[2], ...process.argv.slice(3).map(Number)]
const ends: (() => Promise<void>)[] = []
const setting = which === 'redis' ? await inRedis() : await inMemory()
try {
  const ran: Ran[] = []
  for (let run = 0; run < runs; run += 1) {
    const took_ms = await setting.fanout.run(parts)
    globalThis.gc?.()
    setting.pass()
    const [rss_bytes, redis_bytes] = [process.memoryUsage.rss(), await setting.redisBytes()]
    ran.push({ chunks_per_s: parts / (took_ms / 1000), rss_bytes, redis_bytes })
  }
  console.log(JSON.stringify(ran))
} finally {
  for (const end of ends.reverse()) await end()
}

/** Between runs as long passes as a run is remembered: what is kept for good would show. */
async function inMemory() {
  const { exports } = await loadPackage()
  const ledger = new exports.Ledger(LIMITS)
  let passed_ms = 0
  const step = (step: string) => ledger.step(Date.now() + passed_ms, step)
  const pass = () => {
    passed_ms += LIMITS.keep_s * 1000
  }
  return { fanout: new Fanout({ step, runs: () => [] }, new Bus()), pass, redisBytes: async () => 0 }
}

async function inRedis() {
  const redis = await startRedis({ after: (end) => ends.push(end) })
  const connection = await Connection.to(redis.url, () => {})
  const bus = new RedisBus(connection)
  ends.push(async () => bus.close())
  ends.push(async () => connection.close())
  const memory = () => connection.ask((client) => client.info('memory'))
  const redisBytes = async () => Number(/^used_memory:(\d+)/m.exec(await memory())?.[1])
  return { fanout: new Fanout(new RedisLedger(connection, LIMITS), bus), pass: () => {}, redisBytes }
}
