// Components on one machine: worker threads with an instance of the wasm module each, and one call in flight in each.

import { Worker } from 'node:worker_threads'
import type { LogLevel } from '../environment/environment.ts'
import type { Failure } from '../errors.ts'
import type { Call, FromWorker, ToWorker } from './protocol.ts'

/** What components ask of the main thread; each is told which call it is about. */
export interface Services {
  invoke(component: string, message: Uint8Array, from: Call): void
  publish(topic: string, message: Uint8Array): void | Promise<void>
  step(step: string): string | Promise<string>
  log(level: LogLevel, message: string, from: Call | undefined): void
}

export interface PoolOptions {
  /** How many threads. */
  workers: number
  services: Services
  /** Whether threads that wait for a first plan rehearse a replay meanwhile: it is what they will do. */
  rehearse?: boolean | undefined
  /** The module that a thread runs. */
  entry?: URL
}

/** What threads need to begin; it may come later than they do. */
export interface PoolStart {
  module: WebAssembly.Module
  /** Where blobs lie. */
  folder: string
}

/** How a call ended. */
export interface Outcome {
  duration_ms: number
  failure?: Failure | undefined
}

interface Waiting {
  call: Call
  settle(outcome: Outcome): void
}

interface Thread {
  worker: Worker
  waiting?: Waiting | undefined
  error?: Error
}

export class Pool {
  /** How many workers died and were replaced. */
  replaced = 0
  readonly #options: PoolOptions
  readonly #line: Waiting[] = []
  #threads: Thread[] = []
  #start: PoolStart | undefined
  #closed = false

  /** Begins with one thread, which takes as long to start as the module to compile; the others would only slow both down. */
  constructor(options: PoolOptions) {
    this.#options = options
    this.#add()
  }

  /** The threads, for whoever wants to see or end them. */
  get workers(): readonly Worker[] {
    return this.#threads.map(({ worker }) => worker)
  }

  /** Gives the first thread what it needs, and starts the others. Calls wait until then. */
  start(start: PoolStart): void {
    this.#start = start
    // The first has the plan to make.
    for (const thread of this.#threads) post(thread, { type: 'start', ...start, rehearses: false })
    while (this.#threads.length < this.#options.workers) this.#add()
    this.#dispatch()
  }

  /** Calls a component as soon as there is an idle thread. A thread that dies meanwhile is a failure that may pass. */
  call(call: Call): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    this.#line.push({ call, settle: resolve })
    this.#dispatch()
    return promise
  }

  /** Ends the threads, whatever they are at. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.workers.map((worker) => worker.terminate()))
  }

  #dispatch(): void {
    if (!this.#start || this.#closed) return
    while (this.#line.length > 0) {
      const idle = this.#threads.find(({ waiting }) => !waiting)
      if (!idle && this.#threads.length >= this.#options.workers) return
      const waiting = this.#line.shift()
      if (!waiting) return
      const thread = idle ?? this.#add()
      thread.waiting = waiting
      post(thread, { type: 'call', ...waiting.call })
    }
  }

  #add(): Thread {
    const worker = new Worker(this.#options.entry ?? new URL('./worker.ts', import.meta.url))
    const thread: Thread = { worker }
    worker.on('message', (message: FromWorker) => this.#receive(thread, message))
    worker.on('error', (error: Error) => {
      thread.error = error
    })
    worker.on('exit', () => this.#died(thread))
    this.#threads.push(thread)
    if (this.#start) post(thread, { type: 'start', ...this.#start, rehearses: this.#options.rehearse ?? false })
    return thread
  }

  #receive(thread: Thread, message: FromWorker): void {
    const { services } = this.#options
    switch (message.type) {
      case 'invoke':
        if (thread.waiting) services.invoke(message.component, message.message, thread.waiting.call)
        break
      case 'publish':
        void services.publish(message.topic, message.message)
        break
      case 'step':
        void this.#step(thread, message.ask, message.step)
        break
      case 'log':
        services.log(message.level, message.message, thread.waiting?.call)
        break
      case 'done':
        this.#settle(thread, { duration_ms: message.duration_ms, failure: message.failure })
    }
  }

  async #step(thread: Thread, ask: number, step: string): Promise<void> {
    try {
      post(thread, { type: 'answer', ask, answer: await this.#options.services.step(step) })
    } catch (error) {
      const { message, retry = true } = error as Error & { retry?: boolean }
      post(thread, { type: 'answer', ask, error: { message, retry } })
    }
  }

  #settle(thread: Thread, outcome: Outcome): void {
    const { waiting } = thread
    thread.waiting = undefined
    waiting?.settle(outcome)
    this.#dispatch()
  }

  #died(thread: Thread): void {
    this.#threads = this.#threads.filter((other) => other !== thread)
    if (this.#closed) return
    this.replaced += 1
    const why = thread.error ? thread.error.message : 'it was ended'
    this.#options.services.log('WARN', `a worker died (${why}) and is replaced`, thread.waiting?.call)
    const failure = { kind: 'worker', message: `its worker died: ${why}`, retry: true }
    // Brings the replacement where there is work for it.
    this.#settle(thread, { duration_ms: 0, failure })
  }
}

function post(thread: Thread, message: ToWorker): void {
  thread.worker.postMessage(message)
}
