// What the main thread and its workers say to each other. Each side receives the other's messages in the order they were sent.

import type { Host, InputProblem } from '../../../wasm/pkg/switchyard.js'

export type LogLevel = Parameters<Host['log']>[0]

/** To a worker. */
export type ToWorker =
  | { type: 'start'; module: WebAssembly.Module; folder: string }
  | { type: 'call'; component: string; message: Uint8Array }
  | { type: 'answer'; ask: number; answer: number | string[] }

/** From a worker. */
export type FromWorker =
  | { type: 'invoke'; component: string; message: Uint8Array }
  | { type: 'publish'; topic: string; message: Uint8Array }
  | { type: 'enter'; ask: number; set: string; member: string }
  | { type: 'members'; ask: number; set: string }
  | { type: 'log'; level: LogLevel; message: string }
  | { type: 'done'; duration_ms: number; failure?: Failure }

/** A component's error, as it crosses from thread to thread. */
export interface Failure {
  kind: string
  message: string
  retry: boolean
  input?: InputProblem | undefined
}
