// The whole system within this process, asked in the same way as one elsewhere. Blobs stay in a folder; the ledger goes with the
// process, and `resume` makes it anew from them.

import { randomUUID } from 'node:crypto'
import type { Answered } from '../event.ts'
import { answered, IN_FLIGHT_PER_WORKER, type LocalSystem, RETRY_SCALE } from '../local/system.ts'
import type { RunLine, Snapshot } from '../server/interface.ts'
import { type Log, openSystem } from '../server/serve.ts'
import { type Event, type Listener, namesOf, ofRun, type Remote, RemoteError, unknownComponent } from './remote.ts'

export interface EmbeddedOptions {
  /** The folder that holds what is stored. */
  data: string
  workers: number
  log: Log
}

const UNLIMITED = { perEnvironment: Number.POSITIVE_INFINITY, total: Number.POSITIVE_INFINITY }

export class EmbeddedRemote implements Remote {
  readonly where = 'this process'
  readonly env = 'dev'
  readonly close: () => Promise<void>
  readonly #system: LocalSystem

  static async open({ data, workers, log }: EmbeddedOptions): Promise<EmbeddedRemote> {
    const limits = { inFlight: workers * IN_FLIGHT_PER_WORKER, limits: UNLIMITED, retryScale: RETRY_SCALE }
    const { system, close } = await openSystem({ data, workers, log, ...limits })
    return new EmbeddedRemote(system, close)
  }

  private constructor(system: LocalSystem, close: () => Promise<void>) {
    this.#system = system
    this.close = close
  }

  async call(component: string, event: Event): Promise<Answered> {
    const outcome = await this.#system.call(this.#message(component, event, randomUUID()))
    if (!outcome.error) return answered(outcome.payload)
    const { errorType: kind, errorMessage: message } = outcome.error
    throw new RemoteError(outcome.failure ?? { kind, message, retry: true })
  }

  async launch(component: string, event: Event): Promise<{ run: string; request_id: string }> {
    const requestId = randomUUID()
    this.#system.launch(this.#message(component, event, requestId))
    return namesOf(event, requestId)
  }

  look(run: string): Promise<Snapshot> {
    return this.#system.look(this.env, run)
  }

  runs(): Promise<RunLine[]> {
    return this.#system.runs(this.env)
  }

  subscribe(run: string | undefined, listener: Listener): Promise<() => void> {
    return this.#system.subscribe(this.env, ofRun(run, listener))
  }

  read(key: string): Promise<Uint8Array | undefined> {
    return this.#system.read(this.env, key)
  }

  write(key: string, bytes: Uint8Array): Promise<void> {
    return this.#system.write(this.env, key, bytes)
  }

  list(prefix: string): Promise<string[]> {
    return this.#system.list(this.env, prefix)
  }

  #message(component: string, event: Event, requestId: string) {
    const { components } = this.#system
    if (!components.includes(component)) throw unknownComponent(component, components)
    return { env: this.env, component, message: new TextEncoder().encode(JSON.stringify(event)), requestId }
  }
}
