// A prediction made in this process: the system is its own, and its folder holds what is stored.

import { hash } from 'node:crypto'
import type { Ending } from '../environment/follow.ts'
import type { Names } from '../lambda/names.ts'
import { LocalEnvironment } from '../local/environment.ts'
import type { Call } from '../local/protocol.ts'
import { IN_FLIGHT_PER_WORKER, RETRY_SCALE, System } from '../local/system.ts'
import type { ModelCommand } from './model-command.ts'
import type { Asked, Place } from './prediction.ts'

/** What one machine's runs belong to, as components see it. */
const ENV = 'local'
const NAMES: Names = { prefix: 'switchyard-', region: 'eu-west-2', aliases: [ENV.toUpperCase()] }

/** Starts a thread at once, since it takes as long to start as everything else takes until it is needed. */
export function here(asked: Pick<Asked, 'chunk' | 'modelCommand'>, workers: number, warn: (message: string) => void): Place {
  const { chunk, modelCommand: command } = asked
  let model: ModelCommand | undefined
  const { promise: interrupted, resolve: interrupt } = Promise.withResolvers<Ending>()
  const system = new System({
    ...{ workers, names: NAMES, inFlight: workers * IN_FLIGHT_PER_WORKER, scale: RETRY_SCALE },
    before: async (call: Call) => model?.before(call),
    // What components log of their failures is told at the end, by the one that ended the run.
    log: (level, message) => level === 'WARN' && warn(message),
  })
  return {
    identity: ({ bytes }) => [hash('sha256', bytes)],
    async open(wasm, { run, blobs }) {
      system.start({ wasm, folder: blobs })
      const at = new LocalEnvironment(system, ENV, { client: 'command-line', alone: true })
      if (command === undefined) return at
      // Loaded only where it is asked for.
      const { ModelCommand } = await import('./model-command.ts')
      model = new ModelCommand({ wasm, at, run, command, chunk, workers })
      model.failed.catch((error: Error) => interrupt(unanswered(error)))
      return at
    },
    interrupted,
    async record() {
      await system.idle()
      return {
        workers,
        // Of the process with all its threads; Node gives it in units of 1024 bytes.
        peak_rss_mb: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6),
        workers_replaced: system.pool.replaced,
        components: system.stats.rounded(),
      }
    },
    async close() {
      model?.close()
      await system.close()
    },
  }
}

/** A model command that failed ended the run as a wrong file does: it is the user's. */
function unanswered({ message }: Error): Ending {
  return { state: 'failed', message, began: true, failure: { component: 'replay', kind: 'input', message } }
}
