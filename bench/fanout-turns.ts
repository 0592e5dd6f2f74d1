// A process that makes a run whenever it is asked to, so that rivals can take turns: what else the machine does meanwhile, it does
// to all of them.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** V8's space for young objects at its full size from the beginning: its growth would look like a leak. */
const V8 = ['--expose-gc', '--min-semi-space-size=16', '--max-semi-space-size=16']

/** What a run came to. */
export interface Ran {
  chunks_per_s: number
  /** Of the process after the run, its garbage collected. */
  rss_bytes: number
  /** What Redis holds, of all runs so far. */
  redis_bytes: number
}

/** A program beside this file that calls `serve`. */
export class Runner {
  readonly #child: ChildProcess

  constructor(program: string, ...args: (string | number)[]) {
    this.#child = fork(fileURLToPath(new URL(program, import.meta.url)), args.map(String), { execArgv: V8 })
  }

  async run(parts: number): Promise<Ran> {
    const ended = new AbortController()
    const ran = once(this.#child, 'message', ended)
    const exit = once(this.#child, 'exit', ended).then(([code]) => {
      throw new Error(`a process of the bench ended: ${code}`)
    })
    this.#child.send(parts)
    try {
      return ((await Promise.race([ran, exit])) as [Ran])[0]
    } finally {
      ended.abort()
      await Promise.allSettled([ran, exit])
    }
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return
    this.#child.disconnect()
    await once(this.#child, 'exit')
  }
}

/** Makes a run of so many parts whenever the bench asks, and `end` when it has no more. */
export function serve(run: (parts: number) => Promise<Ran>, end: () => Promise<void>): void {
  process.on('message', async (parts: number) => process.send?.(await run(parts)))
  process.on('disconnect', end)
}
