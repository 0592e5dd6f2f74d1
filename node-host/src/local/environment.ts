// An environment in this process. Its blobs stay in a folder; a ledger in memory goes with the process, and `resume` makes it anew
// from them.

import { randomUUID } from 'node:crypto'
import {
  type Answered,
  type Environment,
  type Event,
  type ListedRun,
  type Listener,
  lookedUp,
  type Named,
  namesOf,
  ofRun,
  type Snapshot,
  topicsOf,
  unknownComponent,
} from '../environment/environment.ts'
import { Refused } from '../errors.ts'
import { type Invocation, invokeNow, Throttled } from '../lambda/functions.ts'
import { targetIn } from '../lambda/names.ts'
import { listed, removeRun, storedRuns } from './stored.ts'
import type { System } from './system.ts'

export interface LocalOptions {
  /** Who asks, where events do not say. */
  client: string
  /** Nobody else asks anything of the system: a run of which nothing is under way will not go on by itself. */
  alone?: boolean
  poll_ms?: number
  close?(): Promise<void>
}

const POLL_MS = 250

export class LocalEnvironment implements Environment {
  readonly where = 'this process'
  readonly name: string
  readonly poll_ms: number
  readonly #system: System
  readonly #options: LocalOptions
  /** The runs that were begun or gone on with here. */
  readonly #runs = new Set<string>()

  constructor(system: System, name: string, options: LocalOptions) {
    this.name = name
    this.poll_ms = options.poll_ms ?? POLL_MS
    this.#system = system
    this.#options = options
  }

  async call(component: string, event: Event, client?: string): Promise<Answered> {
    const { capacity } = this.#system
    const outcome = await invokeNow(this.#system, capacity, this.#invocation(component, event, client)).catch(throttled)
    if (!outcome.error) return this.#about(JSON.parse(new TextDecoder().decode(outcome.payload)) as Answered)
    const { errorType: kind, errorMessage: message } = outcome.error
    throw new Refused(outcome.failure ?? { kind, message, retry: true })
  }

  async launch(component: string, event: Event, client?: string): Promise<Named> {
    const invocation = this.#invocation(component, event, client)
    this.#system.deliveries.accept(invocation)
    return this.#about(namesOf(event, invocation.requestId))
  }

  async look(run: string): Promise<Snapshot> {
    const { deliveries, parts, lastFailure } = this.#system
    const { pending } = deliveries
    const snapshot = await lookedUp(this.name, run, (step) => parts.ledger.step(step))
    const over = snapshot.state !== 'running' && snapshot.state !== 'unknown'
    if (over || !this.#options.alone || !this.#runs.has(run)) return snapshot
    if (pending > 0) return { ...snapshot, state: 'running' }
    const last = lastFailure && `the last failure: ${lastFailure.component}: ${lastFailure.failure.message}`
    return { ...snapshot, state: 'failed', message: last ?? 'nothing is left to be delivered' }
  }

  async runs(): Promise<ListedRun[]> {
    const { ledger, blobs } = this.#system.parts
    return listed(await ledger.runs(this.name), storedRuns(blobs, this.name))
  }

  async remove(run: string): Promise<void> {
    const { ledger, blobs } = this.#system.parts
    removeRun(blobs, this.name, run)
    await ledger.forget(this.name, run)
  }

  async subscribe(listener: Listener, run?: string): Promise<() => void> {
    const unsubscribe = await this.#system.bus.subscribe(topicsOf(this.name), ofRun(run, listener))
    return () => void Promise.resolve(unsubscribe()).catch(() => {})
  }

  // Keys tell environments apart: there is one folder of blobs.
  async read(key: string): Promise<Uint8Array | undefined> {
    return this.#system.parts.blobs.read(key)
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    this.#system.parts.blobs.write(key, bytes)
  }

  async list(prefix: string): Promise<string[]> {
    return this.#system.parts.blobs.list(prefix)
  }

  async close(): Promise<void> {
    await this.#options.close?.()
  }

  #about<T extends Named>(named: T): T {
    this.#runs.add(named.run)
    return named
  }

  #invocation(component: string, event: Event, client = this.#options.client): Invocation {
    const { components, names } = this.#system
    if (!components.includes(component)) throw unknownComponent(component, components)
    const payload = new TextEncoder().encode(JSON.stringify(event))
    const clientContext = JSON.stringify({ client: { app_title: client } })
    return { ...targetIn(names, component, this.name), payload, trace: '', clientContext, requestId: randomUUID() }
  }
}

function throttled(error: unknown): never {
  if (!(error instanceof Throttled)) throw error
  throw new Refused({ kind: 'throttled', message: `${error.message} (${error.reason})`, retry: true })
}
