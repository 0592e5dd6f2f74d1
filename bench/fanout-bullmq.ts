// The process that `bench/fanout.ts` measures BullMQ in: flows of children that do no work and a parent that joins them, with a
// real Redis. As with ours, nothing is kept of what is done, and a client in the same process watches parts begin and end.

import { loadBullmq } from '../setup/bullmq.mjs'
import { startRedis } from '../tests/real-parts.ts'
import { serve } from './fanout-turns.ts'

interface Service {
  close(): Promise<void>
  waitUntilReady(): Promise<unknown>
  on(event: string, listener: () => void): void
  once(event: string, listener: () => void): void
}

/** As much of it as is used here. */
interface Bullmq {
  FlowProducer: new (options: object) => Service & { add(flow: object): Promise<unknown> }
  QueueEvents: new (queue: string, options: object) => Service
  Worker: new (queue: string, work: () => Promise<void>, options: object) => Service
}

const concurrency = Number(process.argv[2])
const ends: (() => Promise<void>)[] = []
const redis = await startRedis({ after: (end) => ends.push(end) })
const { FlowProducer, QueueEvents, Worker } = loadBullmq() as Bullmq
const connection = { host: '127.0.0.1', port: redis.port }
const flows = new FlowProducer({ connection })
const children = new Worker('children', async () => {}, { connection, concurrency })
const parents = new Worker('parents', async () => {}, { connection })
const watched = new QueueEvents('children', { connection })
const services = [flows, children, parents, watched]
for (const one of services) ends.push(() => one.close())
await Promise.all(services.map((one) => one.waitUntilReady()))
for (const event of ['active', 'completed']) watched.on(event, () => {})

const opts = { removeOnComplete: true }
serve(
  async (parts) => {
    const joined = new Promise<void>((resolve) => parents.once('completed', resolve))
    const started = performance.now()
    const data = (at: number) => ({ part: `replay/shares-${at}` })
    await flows.add({
      ...{ name: 'report', queueName: 'parents', data: {}, opts },
      children: Array.from({ length: parts }, (_, at) => ({ name: 'replay', queueName: 'children', data: data(at), opts })),
    })
    await joined
    return { chunks_per_s: parts / ((performance.now() - started) / 1000), rss_bytes: 0, redis_bytes: 0 }
  },
  async () => {
    for (const end of ends.reverse()) await end()
  },
)
