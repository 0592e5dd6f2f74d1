// Runs as the server tells of them: also those that are only just being started, and those that their ledger has lost.

import { decode, type Environment, type Listener, type Snapshot } from '../environment/environment.ts'
import type { Watched } from '../environment/watch.ts'
import { noRun } from './rest-error.ts'

/** The key of what an environment stores of a run. */
export type RunKey = (env: string, run: string, name: string) => string

/** A run that was started here and is not in the ledger yet: what begins it is on its way to it. No longer than this. */
const STARTING_MAX_MS = 600_000

/** Runs with those that are only just being started. */
export class Runs {
  readonly #runKey: RunKey
  /** Since when, and how to stop listening to them. */
  readonly #starting = new Map<string, { since_ms: number; leave(): void }>()

  constructor(runKey: RunKey) {
    this.#runKey = runKey
  }

  /** From now on the run is there. What its ledger has known once, and knows no more, is lost and not about to start. */
  async started(at: Environment, run: string): Promise<void> {
    for (const [name, { since_ms }] of this.#starting) if (Date.now() - since_ms > STARTING_MAX_MS) this.#isKnown(name)
    const name = `${at.name}/${run}`
    const hear: Listener = (_, message) => {
      const { of = 0, state = 'unknown' } = decode(message) ?? {}
      if (of > 0 || (state !== 'running' && state !== 'unknown')) this.#isKnown(name)
    }
    this.#starting.set(name, { since_ms: Date.now(), leave: await at.subscribe(hear, run) })
  }

  #isKnown(name: string): void {
    this.#starting.get(name)?.leave()
    this.#starting.delete(name)
  }

  /** How a run stands. */
  async look(at: Environment, run: string): Promise<Snapshot> {
    const snapshot = await at.look(run)
    const name = `${at.name}/${run}`
    if (snapshot.state !== 'unknown') this.#isKnown(name)
    const { since_ms } = this.#starting.get(name) ?? { since_ms: 0 }
    return Date.now() - since_ms <= STARTING_MAX_MS ? { ...snapshot, state: 'running' } : snapshot
  }

  /** How a run stands, if there is one. */
  async known(at: Environment, run: string): Promise<Snapshot> {
    const snapshot = await this.look(at, run)
    if (snapshot.state !== 'unknown') return snapshot
    throw noRun(at.name, run, await this.stored(at, run))
  }

  /** What a run is called in lists that its ledger has lost, if anything is stored of it. */
  async stored(at: Environment, run: string): Promise<'completed' | 'interrupted' | undefined> {
    const keys = await at.list(this.#runKey(at.name, run, ''))
    if (keys.length === 0) return undefined
    return keys.includes(this.#runKey(at.name, run, 'report.json')) ? 'completed' : 'interrupted'
  }

  /** The environment as its runs are watched. */
  watched(at: Environment): Watched {
    return { look: (run) => this.look(at, run), subscribe: (listener, run) => at.subscribe(listener, run), poll_ms: at.poll_ms }
  }
}
