// The process that `bench/fanout.ts` measures BullMQ in: flows of children that do no work and a parent that joins them, one after
// another, with a real Redis. Nothing is kept of what is done, and nobody listens. Prints chunks per second of each run.

import { loadBullmq } from '../setup/bullmq.mjs'
import { startRedis } from '../tests/real-parts.ts'

interface Closing {
  close(): Promise<void>
}

interface Worker extends Closing {
  waitUntilReady(): Promise<unknown>
  on(event: 'completed', listener: () => void): void
}

/** As much of it as is used here. */
interface Bullmq {
  FlowProducer: new (options: object) => Closing & { add(flow: object): Promise<unknown> }
  Worker: new (queue: string, work: () => Promise<void>, options: object) => Worker
}

const [parts = Number.NaN, runs = Number.NaN, concurrency = Number.NaN] = process.argv.slice(2).map(Number)
const ends: (() => Promise<void>)[] = []
try {
  const redis = await startRedis({ after: (end) => ends.push(end) })
  const { FlowProducer, Worker } = loadBullmq() as Bullmq
  const connection = { host: '127.0.0.1', port: redis.port }
  const flows = new FlowProducer({ connection })
  const children = new Worker('children', async () => {}, { connection, concurrency })
  const parents = new Worker('parents', async () => {}, { connection })
  for (const one of [flows, children, parents]) ends.push(() => one.close())
  await Promise.all([children.waitUntilReady(), parents.waitUntilReady()])
  const opts = { removeOnComplete: true }
  const ran: number[] = []
  for (let run = 0; run < runs; run += 1) {
    const joined = new Promise<void>((resolve) => parents.on('completed', resolve))
    const started = performance.now()
    const data = (at: number) => ({ part: `replay/shares-${at}` })
    await flows.add({
      ...{ name: 'report', queueName: 'parents', data: {}, opts },
      children: Array.from({ length: parts }, (_, at) => ({ name: 'replay', queueName: 'children', data: data(at), opts })),
    })
    await joined
    ran.push(parts / ((performance.now() - started) / 1000))
  }
  console.log(JSON.stringify(ran))
} finally {
  for (const end of ends.reverse()) await end()
}
