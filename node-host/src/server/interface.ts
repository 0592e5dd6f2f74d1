// What the REST API asks of the system behind it. Whoever wires a server supplies it.

import type { Announcement, RunLine, RunState } from '../../../wasm/pkg/switchyard.js'
import type { Outcome } from './functions.ts'

export type { Announcement, RunLine, RunState }

/** How a run stands, as the ledger tells it. */
export interface Snapshot {
  run: string
  state: RunState
  done: number
  of: number
  message: string
  /** The parts that are lost. */
  lost: readonly string[]
}

/** A message to a component. */
export interface Message {
  env: string
  component: string
  /** An envelope, or a component's input with `run` beside it, as JSON: see event.ts. */
  message: Uint8Array
  requestId: string
}

export interface System {
  readonly components: readonly string[]
  readonly environments: readonly string[]
  newRunId(): string
  /** An envelope around a client's input. */
  firstMessage(run: string, requestId: string, env: string, input: unknown): Uint8Array
  reportKey(env: string, run: string): string
  /** Calls a component and waits. Throws Throttled where too much is running. */
  call(message: Message): Promise<Outcome>
  /** Has a component called at least once, without waiting. */
  launch(message: Message): void
  read(env: string, key: string): Promise<Uint8Array | undefined>
  write(env: string, key: string, bytes: Uint8Array): Promise<void>
  list(env: string, prefix: string): Promise<string[]>
  /** How a run stands; `unknown` if the ledger does not know it. */
  look(env: string, run: string): Promise<Snapshot>
  /** The environment's runs, the newest first. */
  runs(env: string): Promise<RunLine[]>
  /** Calls `listener` with all that is announced in an environment from when the promise settles, until the function is called. */
  subscribe(env: string, listener: (topic: string, message: Uint8Array) => void): Promise<() => void>
}
