// What the main thread and its workers say to each other. Each side receives the other's messages in the order they were sent.

import type { LogLevel } from '../environment/environment.ts'
import type { Failure } from '../errors.ts'

/** A call of a component of an environment with a message. */
export interface Call {
  component: string
  env: string
  message: Uint8Array
}

/** To a worker. */
export type ToWorker =
  | { type: 'start'; module: WebAssembly.Module; folder: string; rehearses: boolean }
  | ({ type: 'call' } & Call)
  | { type: 'answer'; ask: number; answer?: string; error?: { message: string; retry: boolean } }

/** From a worker. */
export type FromWorker =
  | { type: 'invoke'; component: string; message: Uint8Array }
  | { type: 'publish'; topic: string; message: Uint8Array }
  | { type: 'step'; ask: number; step: string }
  | { type: 'log'; level: LogLevel; message: string }
  | { type: 'done'; duration_ms: number; failure?: Failure }
