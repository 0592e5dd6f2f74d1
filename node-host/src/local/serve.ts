// The worker's side of the pool: takes calls one at a time and is the host that they see.

import { parentPort } from 'node:worker_threads'
import { type Host, initSync, type SwitchyardError } from '../../../wasm/pkg/switchyard.js'
import { Blobs } from './blobs.ts'
import type { Failure, FromWorker, ToWorker } from './protocol.ts'

type Handle = (component: string, message: Uint8Array, host: Host) => Promise<void>

/** Serves calls with `handle`. An instance that trapped is poisoned: its error goes uncaught, which ends this thread. */
export function serve(handle: Handle): void {
  const asked = new Map<number, (answer: never) => void>()
  let host: Host | undefined
  parentPort?.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'start':
        initSync({ module: message.module })
        host = hostOn(new Blobs(message.folder), asked)
        break
      case 'call':
        if (!host) throw new Error('a call came before the start')
        void serveOne(handle, message.component, message.message, host)
        break
      case 'answer':
        asked.get(message.ask)?.(message.answer as never)
        asked.delete(message.ask)
    }
  })
}

async function serveOne(handle: Handle, component: string, message: Uint8Array, host: Host): Promise<void> {
  const started = performance.now()
  const took = () => performance.now() - started
  try {
    await handle(component, message, host)
    send({ type: 'done', duration_ms: took() })
  } catch (error) {
    if (!isSwitchyardError(error)) throw error
    send({ type: 'done', duration_ms: took(), failure: failure(error) })
  }
}

/** Blobs are this thread's own affair; the rest is the main thread's. */
function hostOn(blobs: Blobs, asked: Map<number, (answer: never) => void>): Host {
  let asks = 0
  const ask = <T extends number | string[]>(question: (ask: number) => FromWorker): Promise<T> => {
    asks += 1
    const { promise, resolve } = Promise.withResolvers<T>()
    asked.set(asks, resolve)
    send(question(asks))
    return promise
  }
  return {
    invoke: (component, message) => send({ type: 'invoke', component, message }),
    publish: (topic, message) => send({ type: 'publish', topic, message }),
    read: (key) => blobs.read(key),
    write: (key, bytes) => blobs.write(key, bytes),
    enter: (set, member) => ask((ask) => ({ type: 'enter', ask, set, member })),
    members: (set) => ask((ask) => ({ type: 'members', ask, set })),
    log: (level, message) => send({ type: 'log', level, message }),
  }
}

function isSwitchyardError(error: unknown): error is SwitchyardError {
  return error instanceof Error && 'kind' in error && 'retry' in error
}

function failure({ kind, message, retry, input }: SwitchyardError): Failure {
  return { kind, message, retry, input }
}

function send(message: FromWorker): void {
  parentPort?.postMessage(message)
}
