// A prediction made in this process: the system is its own, and its folder holds what is stored.

import { hash } from 'node:crypto'
import type { Names } from '../lambda/names.ts'
import { LocalEnvironment } from '../local/environment.ts'
import { IN_FLIGHT_PER_WORKER, RETRY_SCALE, System } from '../local/system.ts'
import type { Asked, Place } from './prediction.ts'

/** What one machine's runs belong to, as components see it. */
const ENV = 'local'
const NAMES: Names = { prefix: 'switchyard-', region: 'eu-west-2', aliases: [ENV.toUpperCase()] }

/** Starts a thread at once, since it takes as long to start as everything else takes until it is needed. */
export function here({ workers, modelCommand }: Pick<Asked, 'workers' | 'modelCommand'>, warn: (message: string) => void): Place {
  const system = new System({
    ...{ workers, names: NAMES, inFlight: workers * IN_FLIGHT_PER_WORKER, scale: RETRY_SCALE, rehearse: true },
    // What components log of their failures is told at the end, by the one that ended the run.
    log: (level, message) => level === 'WARN' && warn(message),
  })
  return {
    identity: ({ bytes }) => [hash('sha256', bytes)],
    async open(wasm, { blobs }) {
      system.start({ wasm, folder: blobs })
      // While a command is asked, nothing else may be under way.
      return new LocalEnvironment(system, ENV, { client: 'command-line', alone: modelCommand === undefined })
    },
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
    close: () => system.close(),
  }
}
