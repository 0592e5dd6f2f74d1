// The process that `bench/fanout.ts` measures: runs of parts that do no work on the ledger and bus that it is told.

import { Bus } from '../node-host/src/local/bus.ts'
import { RedisBus } from '../node-host/src/redis/bus.ts'
import { Connection } from '../node-host/src/redis/connection.ts'
import { RedisLedger } from '../node-host/src/redis/ledger.ts'
import { loadPackage } from '../node-host/src/wasm.ts'
import { startRedis } from '../tests/real-parts.ts'
import { Fanout, LIMITS } from './fanout-run.ts'
import { serve } from './fanout-turns.ts'

const ends: (() => Promise<void>)[] = []
const setting = process.argv[2] === 'redis' ? await inRedis() : await inMemory()
serve(
  async (parts) => {
    const took_ms = await setting.fanout.run(parts)
    globalThis.gc?.()
    setting.pass()
    const [rss_bytes, redis_bytes] = [process.memoryUsage.rss(), await setting.redisBytes()]
    return { chunks_per_s: parts / (took_ms / 1000), rss_bytes, redis_bytes }
  },
  async () => {
    for (const end of ends.reverse()) await end()
  },
)

/** Between runs as long passes as a run is remembered: what is kept for good would show. */
async function inMemory() {
  const { exports } = await loadPackage()
  const ledger = new exports.Ledger(LIMITS)
  let passed_ms = 0
  const step = (step: string) => ledger.step(Date.now() + passed_ms, step)
  const pass = () => {
    passed_ms += LIMITS.keep_s * 1000
  }
  return { fanout: new Fanout({ step }, new Bus()), pass, redisBytes: async () => 0 }
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
