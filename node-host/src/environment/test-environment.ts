// An environment for tests: runs that go as the test says.

import type { Announcement, Answered, Environment, Event, ListedRun, Listener, Named, Snapshot } from './environment.ts'
import { namesOf, ofRun } from './environment.ts'

interface Asked {
  component: string
  event: Event
  client?: string
}

export class FakeEnvironment implements Environment {
  readonly where = 'a test'
  readonly name: string
  readonly poll_ms: number
  readonly called: Asked[] = []
  readonly launched: Asked[] = []
  /** What calls lead to. */
  outcome: Answered | Error = { run: 'R', request_id: 'Q', env: 'dev', topics: '', report: '' }
  /** What the ledger knows, by run. */
  readonly ledger = new Map<string, Partial<Snapshot>>()
  looks = 0
  lookFails = false
  /** Is told of each look before it is answered. */
  onLook: (looks: number) => void = () => {}
  readonly #blobs = new Map<string, Uint8Array>()
  readonly #listeners = new Set<Listener>()

  constructor(name = 'dev', poll_ms = 60_000) {
    this.name = name
    this.poll_ms = poll_ms
  }

  async call(component: string, event: Event, client?: string): Promise<Answered> {
    this.called.push({ component, event, ...(client === undefined ? {} : { client }) })
    if (this.outcome instanceof Error) throw this.outcome
    return this.outcome
  }

  async launch(component: string, event: Event): Promise<Named> {
    this.launched.push({ component, event })
    return namesOf(event, 'Q')
  }

  async look(run: string): Promise<Snapshot> {
    this.looks += 1
    if (this.lookFails) throw new Error('the ledger is not there')
    const snapshot = { run, state: 'unknown', done: 0, of: 0, message: '', lost: [], ...this.ledger.get(run) } as Snapshot
    this.onLook(this.looks)
    return snapshot
  }

  async runs(): Promise<ListedRun[]> {
    return Promise.all([...this.ledger.keys()].map(async (run) => ({ ...(await this.look(run)), opened_ms: 1, updated_ms: 2 })))
  }

  async remove(run: string): Promise<void> {
    for (const key of this.#blobs.keys()) if (key.startsWith(`${this.name}/runs/${run}/`)) this.#blobs.delete(key)
    this.ledger.delete(run)
  }

  async subscribe(listener: Listener, run?: string): Promise<() => void> {
    const heard = ofRun(run, listener)
    this.#listeners.add(heard)
    return () => this.#listeners.delete(heard)
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    return this.#blobs.get(key)
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    this.#blobs.set(key, bytes)
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.#blobs.keys()].filter((key) => key.startsWith(prefix))
  }

  async close(): Promise<void> {}

  /** How many watch it. */
  get watchers(): number {
    return this.#listeners.size
  }

  /** Announces something about a run. */
  announce(run: string, more: Partial<Announcement>): void {
    const announcement = { run, component: 'replay', part: '', state: 'running', done: 0, of: 0, event: 'progress', ...more }
    this.say(JSON.stringify(announcement))
  }

  /** Publishes any text. */
  say(text: string): void {
    for (const listener of this.#listeners) listener(`switchyard:${this.name}:x:y`, new TextEncoder().encode(text))
  }

  /** The blobs, as text. */
  get texts(): Record<string, string> {
    return Object.fromEntries([...this.#blobs].map(([key, bytes]) => [key, new TextDecoder().decode(bytes)]))
  }
}

/** Waits until something is so. */
export async function until(what: () => boolean, most_ms = 5000): Promise<void> {
  const end_ms = Date.now() + most_ms
  while (!what()) {
    if (Date.now() > end_ms) throw new Error(`not so after ${most_ms} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
