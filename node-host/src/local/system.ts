// The whole system in one process: components on worker threads, their messages delivered as Lambda delivers them, the ledger,
// the bus, and blobs in a folder.

import { randomUUID } from 'node:crypto'
import type { Listener, LogLevel, RunLine } from '../environment/environment.ts'
import type { Failure } from '../errors.ts'
import { Deliveries } from '../lambda/deliveries.ts'
import { answerTo, errorType, readEvent } from '../lambda/event.ts'
import { Capacity, type Concurrency, type Functions, type Invocation, type Invoked } from '../lambda/functions.ts'
import { type Names, targetIn } from '../lambda/names.ts'
import type { Wasm } from '../wasm.ts'
import { FolderBlobs } from './blobs.ts'
import { Bus } from './bus.ts'
import { Pool } from './pool.ts'
import type { Call } from './protocol.ts'
import { Stats } from './stats.ts'

/** What a line of the log is about. */
export interface About {
  env: string
  requestId: string
}

/** The ledger, wherever it is. */
export interface LedgerService {
  step(step: string): string | Promise<string>
  runs(env: string): RunLine[] | Promise<RunLine[]>
  /** Gives up what such of these runs as are over have in flight, when whoever was at work on it is gone. */
  release(env: string, runs: readonly string[]): void | Promise<void>
  /** Knows a run no more that is over. */
  forget(env: string, run: string): void | Promise<void>
}

/** The bus, wherever it is. */
export interface BusService {
  publish(topic: string, message: Uint8Array): void | Promise<void>
  subscribe(pattern: string, listener: Listener): (() => unknown) | Promise<() => unknown>
}

export interface SystemOptions {
  workers: number
  names: Names
  /** Parts of runs in flight in one environment. */
  inFlight: number
  /** Calls at once. */
  concurrency?: Concurrency | undefined
  /** Shortens the waits before retries; 1 is as on AWS. */
  scale?: number | undefined
  bus?: BusService | undefined
  /** Whether predictions are all that it is for. */
  rehearse?: boolean | undefined
  log(level: LogLevel, message: string, about: About | undefined): void
}

export interface SystemStart {
  wasm: Wasm
  /** Where blobs lie. */
  folder: string
  /** In memory unless given. */
  ledger?: LedgerService | undefined
}

/** A call that a worker is at. */
interface Serving {
  about: About
  trace: string
  log: string[]
}

/** Parts in flight for each worker: enough that none waits for the ledger. */
export const IN_FLIGHT_PER_WORKER = 4
/** For a process that waits for nobody else: what Lambda waits minutes for, it has recovered from in milliseconds. */
export const RETRY_SCALE = 0.001

/** What waits for nobody else: it has the machine to itself. */
const UNLIMITED: Concurrency = { perEnvironment: Number.POSITIVE_INFINITY, total: Number.POSITIVE_INFINITY }
/** Longer than any part takes: here no delivery is lost without its being noticed. */
const LEASE_S = 7 * 86_400
const KEEP_S = 7 * 86_400
const LOG_BYTES_MAX = 64 * 1024

/** What a started system works with. */
interface Parts {
  wasm: Wasm
  ledger: LedgerService
  blobs: FolderBlobs
}

export class System implements Functions {
  readonly names: Names
  readonly pool: Pool
  readonly bus: BusService
  readonly capacity: Capacity
  readonly deliveries: Deliveries
  /** What calls cost, by component. */
  readonly stats = new Stats()
  /** The last call that failed. */
  lastFailure: { component: string; failure: Failure } | undefined
  readonly #options: SystemOptions
  readonly #serving = new Map<Call, Serving>()
  #parts: Parts | undefined

  /** Starts a thread at once, since it takes as long to start as everything else takes until it is needed. */
  constructor(options: SystemOptions) {
    const { names, workers, log, scale, rehearse, bus = new Bus(), concurrency = UNLIMITED } = options
    this.#options = options
    this.names = names
    this.bus = bus
    this.capacity = new Capacity(concurrency)
    this.deliveries = new Deliveries({
      ...{ functions: this, capacity: this.capacity, scale },
      log: (level, message, { env, requestId }) => log(level, message, { env, requestId }),
      destination: ({ env }) => targetIn(names, 'failed', env),
    })
    const services = {
      invoke: (component: string, message: Uint8Array, from: Call) => this.#launched(component, message, from),
      publish: (topic: string, message: Uint8Array) => this.#publish(topic, message),
      step: (step: string) => this.parts.ledger.step(step),
      log: (level: LogLevel, message: string, from: Call | undefined) => this.#log(level, message, from),
    }
    this.pool = new Pool({ workers, services, rehearse })
  }

  /** Calls wait until this. */
  start({ wasm, folder, ledger = memoryLedger(wasm, this.#options.inFlight) }: SystemStart): void {
    this.#parts = { wasm, ledger, blobs: new FolderBlobs(folder) }
    this.pool.start({ module: wasm.module, folder })
  }

  get parts(): Parts {
    if (!this.#parts) throw new Error('the system was used before it was started')
    return this.#parts
  }

  get components(): readonly string[] {
    return this.parts.wasm.exports.components()
  }

  exists(component: string): boolean {
    return this.components.includes(component)
  }

  /** A call of a component as a function. Only what the component itself says is an error of its own. */
  async invoke({ component, env, payload, trace, clientContext, requestId }: Invocation): Promise<Invoked> {
    const { wasm } = this.parts
    const arrival = { component, env, requestId, trace: trace || undefined, clientContext, prefix: this.names.prefix }
    let arrived: ReturnType<typeof readEvent>
    try {
      arrived = readEvent(wasm.exports, payload, arrival)
    } catch (error) {
      return failed(component, error as Failure, '')
    }
    const call: Call = { component, env, message: arrived.message }
    const serving: Serving = { about: { env, requestId: arrived.request_id }, trace, log: [] }
    this.#serving.set(call, serving)
    const { duration_ms, failure } = await this.pool.call(call)
    this.#serving.delete(call)
    this.stats.count(component, duration_ms, payload)
    const log = serving.log.join('')
    if (!failure) return { payload: json(answerTo(wasm.exports, arrived, env)), log }
    this.lastFailure = { component, failure }
    return failed(component, failure, log)
  }

  /** When all that was accepted is done. */
  async idle(): Promise<void> {
    while (this.deliveries.pending > 0) await new Promise((resolve) => setImmediate(resolve))
  }

  /** Ends the threads, whatever they are at. */
  async close(): Promise<void> {
    this.deliveries.close()
    await this.pool.close()
  }

  #launched(component: string, message: Uint8Array, from: Call): void {
    const target = targetIn(this.names, component, from.env)
    this.deliveries.accept({ ...target, payload: message, trace: this.#serving.get(from)?.trace ?? '', requestId: randomUUID() })
  }

  async #publish(topic: string, message: Uint8Array): Promise<void> {
    try {
      await this.bus.publish(topic, message)
    } catch (error) {
      this.#options.log('WARN', `${topic}: ${(error as Error).message}`, undefined)
    }
  }

  #log(level: LogLevel, message: string, from: Call | undefined): void {
    const serving = from && this.#serving.get(from)
    if (serving && serving.log.length < LOG_BYTES_MAX / 256) serving.log.push(`${level} ${message}\n`)
    this.#options.log(level, message, serving?.about)
  }
}

function memoryLedger({ exports }: Wasm, in_flight: number): LedgerService {
  const ledger = new exports.Ledger({ in_flight, start: in_flight, lease_s: LEASE_S, keep_s: KEEP_S })
  return {
    step: (step) => ledger.step(Date.now(), step),
    runs: (env) => JSON.parse(ledger.runs(env)) as RunLine[],
    // It goes with whoever is at work.
    release: () => {},
    forget: (env, run) => ledger.lose(env, run),
  }
}

function failed(component: string, { kind, message, retry, input }: Failure, log: string): Invoked {
  const error = { errorType: errorType(kind), errorMessage: message, trace: [`${errorType(kind)}: ${component}: ${message}`] }
  return { error, failure: { kind, message, retry, ...(input === undefined ? {} : { input }) }, log }
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}
