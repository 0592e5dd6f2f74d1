// Components on one machine: worker threads with an instance each, one call in flight in each, and the queue they work off.

import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Bus } from './bus.ts'
import { ComponentError, Job } from './job.ts'
import type { Ledger } from './ledger.ts'
import type { Failure, FromWorker, LogLevel, ToWorker } from './protocol.ts'
import { Queue } from './queue.ts'

export interface PoolOptions {
  /** How many threads. */
  workers: number
  ledger: Ledger
  bus: Bus
  log?: (level: LogLevel, message: string) => void
  /** The module that a thread runs. */
  entry?: URL
}

/** What threads need to begin; it may come later than they do. */
export interface PoolStart {
  module: WebAssembly.Module
  /** Where blobs lie. */
  folder: string
}

interface Delivery {
  job: Job
  component: string
  message: Uint8Array
  /** How many launches it is away from the message that began the job. */
  depth: number
  attempts: number
}

interface Thread {
  worker: Worker
  delivery?: Delivery | undefined
  error?: Error
}

/** Deliveries of a message whose failure may pass, or that kills its worker: this often, then the job fails. */
const ATTEMPTS_MAX = 3
const RETRY_DELAY_MS = 50

export class Pool {
  /** How many workers died and were replaced. */
  replaced = 0
  readonly #options: PoolOptions
  readonly #queue = new Queue<Delivery>()
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
    for (const thread of this.#threads) post(thread, { type: 'start', ...start })
    while (this.#threads.length < this.#options.workers) this.#add()
    this.#dispatch()
  }

  /** Delivers a message; the job's `settled` tells when everything that follows from it is done. */
  run(component: string, message: Uint8Array): Job {
    const job = new Job()
    this.#push({ job, component, message, depth: 0, attempts: 0 })
    return job
  }

  /** Ends the threads, whatever they are at. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.workers.map((worker) => worker.terminate()))
  }

  #push(delivery: Delivery): void {
    delivery.job.begin()
    this.#queue.push(delivery.depth, delivery)
    this.#dispatch()
  }

  #dispatch(): void {
    if (!this.#start || this.#closed) return
    for (;;) {
      const thread = this.#threads.find(({ delivery }) => !delivery)
      if (!thread && this.#threads.length >= this.#options.workers) return
      const delivery = this.#next()
      if (!delivery) return
      const { component, message } = delivery
      delivery.attempts += 1
      const idle = thread ?? this.#add()
      idle.delivery = delivery
      post(idle, { type: 'call', component, message })
    }
  }

  #next(): Delivery | undefined {
    for (;;) {
      const delivery = this.#queue.take()
      if (!delivery?.job.over) return delivery
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
    if (this.#start) post(thread, { type: 'start', ...this.#start })
    return thread
  }

  #receive(thread: Thread, message: FromWorker): void {
    const { ledger, bus, log } = this.#options
    switch (message.type) {
      case 'invoke':
        this.#launch(thread, message.component, message.message)
        break
      case 'publish':
        bus.publish(message.topic, message.message)
        break
      case 'enter':
        post(thread, { type: 'answer', ask: message.ask, answer: ledger.enter(message.set, message.member) })
        break
      case 'members':
        post(thread, { type: 'answer', ask: message.ask, answer: ledger.members(message.set) })
        break
      case 'log':
        log?.(message.level, message.message)
        break
      case 'done':
        this.#done(thread, message.duration_ms, message.failure)
    }
  }

  #launch({ delivery }: Thread, component: string, message: Uint8Array): void {
    if (!delivery || delivery.job.over) return
    this.#push({ job: delivery.job, component, message, depth: delivery.depth + 1, attempts: 0 })
  }

  #done(thread: Thread, duration_ms: number, failure: Failure | undefined): void {
    const { delivery } = thread
    if (!delivery) return
    thread.delivery = undefined
    delivery.job.count(delivery.component, duration_ms, delivery.attempts > 1)
    if (!failure) delivery.job.end()
    else void this.#failed(delivery, failure)
    this.#dispatch()
  }

  #died(thread: Thread): void {
    this.#threads = this.#threads.filter((other) => other !== thread)
    if (this.#closed) return
    this.replaced += 1
    const { delivery, error } = thread
    const message = error ? error.message : 'it was ended'
    this.#options.log?.('WARN', `a worker died (${message}) and is replaced`)
    if (delivery) void this.#failed(delivery, { kind: 'worker', message: `its worker died: ${message}`, retry: true })
    // Brings the replacement where there is work for it.
    this.#dispatch()
  }

  async #failed(delivery: Delivery, failure: Failure): Promise<void> {
    const { job, component, attempts } = delivery
    if (job.over) return
    if (!failure.retry || attempts >= ATTEMPTS_MAX) {
      const message = failure.retry ? `${failure.message} (after ${attempts} attempts)` : failure.message
      return job.fail(new ComponentError(component, { ...failure, message }))
    }
    await sleep(RETRY_DELAY_MS * attempts)
    if (job.over) return
    this.#queue.push(delivery.depth, delivery)
    this.#dispatch()
  }
}

function post(thread: Thread, message: ToWorker): void {
  thread.worker.postMessage(message)
}
