// A system for tests: runs that go as the test says.

import type { Outcome } from './functions.ts'
import type { Announcement, Message, RunLine, Snapshot, System } from './interface.ts'

type Listener = (topic: string, message: Uint8Array) => void

export class FakeSystem implements System {
  readonly components = ['plan', 'resume', 'cancel']
  readonly environments = ['dev', 'prod']
  readonly called: (Omit<Message, 'message'> & { envelope: Record<string, unknown> })[] = []
  readonly launched: (Omit<Message, 'message'> & { envelope: Record<string, unknown> })[] = []
  /** What a call leads to. */
  outcome: Outcome | Error = { payload: new TextEncoder().encode('{"ok":true}'), log: '' }
  /** What the ledger knows: by environment and run. */
  readonly ledger = new Map<string, Partial<Snapshot>>()
  looks = 0
  lookFails = false
  readonly #blobs = new Map<string, Uint8Array>()
  readonly #listeners = new Map<string, Set<Listener>>()
  #runs = 0

  newRunId(): string {
    this.#runs += 1
    return `run-${this.#runs}`
  }

  firstMessage(run: string, requestId: string, env: string, input: unknown): Uint8Array {
    return new TextEncoder().encode(JSON.stringify({ schema: 1, run, request_id: requestId, env, input }))
  }

  reportKey(env: string, run: string): string {
    return `${env}/runs/${run}/report.json`
  }

  async call({ message, ...rest }: Message): Promise<Outcome> {
    this.called.push({ ...rest, envelope: JSON.parse(new TextDecoder().decode(message)) })
    if (this.outcome instanceof Error) throw this.outcome
    return this.outcome
  }

  launch({ message, ...rest }: Message): void {
    this.launched.push({ ...rest, envelope: JSON.parse(new TextDecoder().decode(message)) })
  }

  async read(env: string, key: string): Promise<Uint8Array | undefined> {
    return this.#blobs.get(`${env} ${key}`)
  }

  async write(env: string, key: string, bytes: Uint8Array): Promise<void> {
    this.#blobs.set(`${env} ${key}`, bytes)
  }

  async list(env: string, prefix: string): Promise<string[]> {
    return Object.keys(this.texts(env)).filter((key) => key.startsWith(prefix))
  }

  async look(env: string, run: string): Promise<Snapshot> {
    this.looks += 1
    if (this.lookFails) throw new Error('the ledger is not there')
    return { run, state: 'unknown', done: 0, of: 0, message: '', lost: [], ...this.ledger.get(`${env} ${run}`) }
  }

  async runs(env: string): Promise<RunLine[]> {
    const names = [...this.ledger.keys()].filter((name) => name.startsWith(`${env} `)).map((name) => name.slice(env.length + 1))
    const times = { opened_ms: 1, updated_ms: 2 }
    return Promise.all(names.map(async (run) => ({ ...(await this.look(env, run)), ...times })))
  }

  async subscribe(env: string, listener: Listener): Promise<() => void> {
    const listeners = this.#listeners.get(env) ?? new Set()
    this.#listeners.set(env, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  /** How many watch an environment. */
  watchers(env: string): number {
    return this.#listeners.get(env)?.size ?? 0
  }

  /** Announces something about a run. */
  announce(env: string, run: string, more: Partial<Announcement>): void {
    const announcement = { run, component: 'replay', part: '', state: 'running', done: 0, of: 0, event: 'progress', ...more }
    this.say(env, JSON.stringify(announcement))
  }

  /** Publishes any text. */
  say(env: string, text: string): void {
    for (const listener of this.#listeners.get(env) ?? []) listener(`switchyard:${env}:x:y`, new TextEncoder().encode(text))
  }

  /** The blobs of an environment, as text. */
  texts(env: string): Record<string, string> {
    const own = [...this.#blobs].filter(([name]) => name.startsWith(`${env} `))
    return Object.fromEntries(own.map(([name, bytes]) => [name.slice(env.length + 1), new TextDecoder().decode(bytes)]))
  }
}
