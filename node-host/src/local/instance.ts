// An instance of the module in a worker: takes calls one at a time and is the host that they see.

import { parentPort } from 'node:worker_threads'
import { type Host, initSync, rehearse, type SwitchyardError } from '../../../wasm/pkg/switchyard.js'
import type { Failure } from '../errors.ts'
import { FolderBlobs } from './blobs.ts'
import type { Call, FromWorker, ToWorker } from './protocol.ts'

type Handle = (call: Call, host: Host) => Promise<void>

/** Serves calls with `handle`. An instance that trapped is poisoned: its error goes uncaught, which ends this thread. */
export function serve(handle: Handle): void {
  const asked = new Map<number, PromiseWithResolvers<string>>()
  let host: Host | undefined
  parentPort?.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'start':
        initSync({ module: message.module })
        if (message.rehearses) rehearse()
        host = hostOn(new FolderBlobs(message.folder), asked)
        break
      case 'call':
        if (!host) throw new Error('a call came before the start')
        void serveOne(handle, message, host)
        break
      case 'answer':
        if (message.error) asked.get(message.ask)?.reject(Object.assign(new Error(message.error.message), message.error))
        else asked.get(message.ask)?.resolve(message.answer ?? '')
        asked.delete(message.ask)
    }
  })
}

async function serveOne(handle: Handle, call: Call, host: Host): Promise<void> {
  const started = performance.now()
  const took = () => performance.now() - started
  try {
    await handle(call, host)
    send({ type: 'done', duration_ms: took() })
  } catch (error) {
    if (!isSwitchyardError(error)) throw error
    send({ type: 'done', duration_ms: took(), failure: failure(error) })
  }
}

/** Blobs are this thread's own affair; the rest is the main thread's. */
function hostOn(blobs: FolderBlobs, asked: Map<number, PromiseWithResolvers<string>>): Host {
  let asks = 0
  return {
    invoke: (component, message) => send({ type: 'invoke', component, message }),
    publish: (topic, message) => send({ type: 'publish', topic, message }),
    read: (key) => blobs.read(key),
    write: (key, bytes) => blobs.write(key, bytes),
    list: (prefix) => blobs.list(prefix),
    step: (step) => {
      asks += 1
      const answer = Promise.withResolvers<string>()
      asked.set(asks, answer)
      send({ type: 'step', ask: asks, step })
      return answer.promise
    },
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
