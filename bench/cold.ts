// Cold starts of the bundle's handlers, from the start of the process to the first answer, beside an empty handler under the same
// client, in turns.
//
// Two events. `refused` is one that a component itself refuses: loading, reading the configuration, decoding and the way into the
// module and back, all of it ours, and nobody else asked. `part` is what an instance is started for: a part of a run, with the
// address of Redis from SSM, steps in a real Redis, blobs of S3 and launches of Lambda.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Connection } from '../node-host/src/redis/connection.ts'
import { RedisLedger } from '../node-host/src/redis/ledger.ts'
import { loadPackage } from '../node-host/src/wasm.ts'
import { runtimeClientProgram } from '../setup/lambda.mjs'
import { startRedis } from '../tests/real-parts.ts'
import { AwsStandIn } from './aws-stand-in.ts'
import { type Started, start } from './lambda-instance.ts'
import { median } from './statistics.ts'

const ROUNDS = 11
const BUNDLE = fileURLToPath(new URL('../dist/lambda', import.meta.url))
const EXAMPLES = fileURLToPath(new URL('../examples', import.meta.url))
const EMPTY = 'export const handler = async () => ({})\n'
/** Small parts: 11 and more of them. */
const QUESTION = { visits: 200_000, chunk: 10_000 }

/** Milliseconds to the first answer, and how much above an empty handler's; nothing where there is no such client. */
export async function measureCold(folder: string, say: (what: string) => void): Promise<Record<string, number>> {
  if (!existsSync(runtimeClientProgram)) {
    say("not measuring cold starts: Lambda's runtime client could not be built, as `node setup/ready.mjs bench` says")
    return {}
  }
  say(`starting ${ROUNDS} instances each of an empty handler and of the bundle's`)
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  writeFileSync(join(empty, 'index.mjs'), EMPTY)
  const ends: (() => Promise<void>)[] = []
  try {
    const { aws, env } = await openRun(ends)
    const rounds: Record<'empty' | 'refused' | 'part', Started>[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const { component, message } = aws.launched.shift() ?? fail('no part is left to launch')
      const event = JSON.parse(new TextDecoder().decode(message)) as object
      const arn = `arn:aws:lambda:eu-west-2:123456789012:function:switchyard-${component}:PROD`
      rounds.push({
        empty: await start({ folder: empty, handler: 'handler', arn, event }),
        refused: refusedBy(await start({ folder: BUNDLE, handler: component, arn, event: { ...event, env: 'dev' } })),
        part: answeredBy(await start({ folder: BUNDLE, handler: component, arn, event, env })),
      })
    }
    const answered_ms = (what: keyof (typeof rounds)[number]) => median(rounds.map((round) => round[what].answered_ms))
    return {
      'start.empty_cold_ms': answered_ms('empty'),
      'start.handler_cold_ms': answered_ms('refused'),
      'start.handler_over_empty_ms': answered_ms('refused') - answered_ms('empty'),
      'start.part_cold_ms': answered_ms('part'),
      'start.part_cold_over_empty': answered_ms('part') / answered_ms('empty'),
    }
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

/** A run of the example, planned and opened in a Redis of its own: its first parts are launched. */
async function openRun(ends: (() => Promise<void>)[]) {
  const redis = await startRedis({ after: (end) => ends.push(end) })
  const aws = new AwsStandIn(redis.url)
  ends.push(async () => aws.close())
  for (const name of readdirSync(EXAMPLES, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())) {
    aws.blobs.set(`examples/${name.name}`, readFileSync(join(name.parentPath, name.name)))
  }
  const connection = await Connection.to(redis.url, () => {})
  const ledger = new RedisLedger(connection, { in_flight: 500, start: 8, lease_s: 900, keep_s: 604_800 })
  const { exports } = await loadPackage()
  const scenario = { path: 'examples/undercut.json', key: 'examples/undercut.json' }
  const message = exports.firstMessage(exports.newRunId(), 'bench', 'bench', 'prod', undefined, { scenario, ...QUESTION })
  await exports.call('plan', 'prod', message, {
    invoke: (component, message) => void aws.launched.push({ component, message }),
    publish: () => {},
    read: (key) => aws.blobs.get(key),
    write: (key, bytes) => void aws.blobs.set(key, bytes),
    list: (prefix) => [...aws.blobs.keys()].filter((key) => key.startsWith(prefix)),
    step: (step) => ledger.step(step),
    log: () => {},
  })
  connection.close()
  return { aws, env: await aws.listen() }
}

function refusedBy(started: Started): Started {
  const { errorMessage = '' } = started.answer as { errorMessage?: string }
  return errorMessage.includes('it is for environment') ? started : fail(`not refused: ${JSON.stringify(started.answer)}`)
}

function answeredBy(started: Started): Started {
  return 'report' in (started.answer as object) ? started : fail(`the part failed: ${JSON.stringify(started.answer)}`)
}

function fail(message: string): never {
  throw new Error(message)
}
