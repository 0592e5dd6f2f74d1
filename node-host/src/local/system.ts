// The whole system in one process: components on worker threads, their messages delivered as Lambda delivers them, the ledger,
// the bus, and blobs in a folder. `predict` and the development server both run on it.

import { randomUUID } from 'node:crypto'
import { type Answered, answerTo, errorType, readEvent } from '../event.ts'
import { Deliveries } from '../server/deliveries.ts'
import {
  Capacity,
  type Functions,
  type Call as Invocation,
  type Outcome as Invoked,
  invokeNow,
  type Limits,
} from '../server/functions.ts'
import type { Message, RunLine, Snapshot, System } from '../server/interface.ts'
import { environments, type Names, targetIn } from '../server/names.ts'
import { Blobs } from './blobs.ts'
import { Bus, type Listener } from './bus.ts'
import type { loadPackage } from './module.ts'
import { Pool } from './pool.ts'
import type { Call, Failure, LogLevel } from './protocol.ts'
import { Stats } from './stats.ts'

export type Wasm = Awaited<ReturnType<typeof loadPackage>>

/** What a line of the log is about. */
export interface About {
  env: string
  requestId: string
}

/** The ledger, wherever it is. */
export interface LedgerService {
  step(step: string): string | Promise<string>
  runs(env: string): RunLine[] | Promise<RunLine[]>
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
  limits?: Limits | undefined
  /** Shortens the waits before retries; 1 is as on AWS. */
  scale?: number | undefined
  bus?: BusService | undefined
  /** What comes before each call. It does not fail; where it does not end, the call is not made. */
  before?: ((call: Call) => Promise<void>) | undefined
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

/** Who asks, where the messages do not say. */
const CLIENT = 'development server'
/** Longer than any part takes: here no delivery is lost without its being noticed. */
const LEASE_S = 7 * 86_400
const KEEP_S = 7 * 86_400
const LOG_BYTES_MAX = 64 * 1024

export class LocalSystem implements System, Functions {
  readonly environments: readonly string[]
  readonly pool: Pool
  readonly capacity: Capacity
  readonly deliveries: Deliveries
  /** What calls cost, by component. */
  readonly stats = new Stats()
  /** The last call that failed. */
  lastFailure: { component: string; failure: Failure } | undefined
  readonly #options: SystemOptions
  readonly #bus: BusService
  readonly #serving = new Map<Call, Serving>()
  #parts: { wasm: Wasm; ledger: LedgerService; blobs: Blobs } | undefined

  /** Starts a thread at once, since it takes as long to start as everything else takes until it is needed. */
  constructor(options: SystemOptions) {
    const {
      names,
      workers,
      log,
      scale,
      limits = { perEnvironment: Number.POSITIVE_INFINITY, total: Number.POSITIVE_INFINITY },
    } = options
    this.#options = options
    this.#bus = options.bus ?? new Bus()
    this.environments = environments(names)
    this.capacity = new Capacity(limits)
    this.deliveries = new Deliveries({
      ...{ functions: this, capacity: this.capacity, scale },
      log: (level, message, { env, requestId }) => log(level, message, { env, requestId }),
      destination: ({ env }) => targetIn(names, 'failed', env),
    })
    const services = {
      invoke: (component: string, message: Uint8Array, from: Call) => this.#launched(component, message, from),
      publish: (topic: string, message: Uint8Array) => this.#publish(topic, message),
      step: (step: string) => this.#started.ledger.step(step),
      log: (level: LogLevel, message: string, from: Call | undefined) => this.#log(level, message, from),
    }
    this.pool = new Pool({ workers, services })
  }

  /** Calls wait until this. */
  start({ wasm, folder, ledger = memoryLedger(wasm, this.#options.inFlight) }: SystemStart): void {
    this.#parts = { wasm, ledger, blobs: new Blobs(folder) }
    this.pool.start({ module: wasm.module, folder })
  }

  get components(): readonly string[] {
    return this.#started.wasm.exports.components()
  }

  newRunId(): string {
    return this.#started.wasm.exports.newRunId()
  }

  firstMessage(run: string, requestId: string, env: string, input: unknown): Uint8Array {
    return this.#started.wasm.exports.firstMessage(run, requestId, CLIENT, env, undefined, input)
  }

  reportKey(env: string, run: string): string {
    return this.#started.wasm.exports.reportKey(env, run)
  }

  call(message: Message): Promise<Invoked> {
    return invokeNow(this, this.capacity, this.#invocation(message))
  }

  launch(message: Message): void {
    this.deliveries.accept(this.#invocation(message))
  }

  // Keys tell environments apart: there is one folder of blobs.
  async read(_env: string, key: string): Promise<Uint8Array | undefined> {
    return this.#started.blobs.read(key)
  }

  async write(_env: string, key: string, bytes: Uint8Array): Promise<void> {
    this.#started.blobs.write(key, bytes)
  }

  async list(_env: string, prefix: string): Promise<string[]> {
    return this.#started.blobs.list(prefix)
  }

  async look(env: string, run: string): Promise<Snapshot> {
    const answer = await this.#started.ledger.step(JSON.stringify({ env, run, by: 'look', act: { look: {} } }))
    const { state, done, of, message, lost } = JSON.parse(answer) as Snapshot
    return { run, state, done, of, message, lost }
  }

  async runs(env: string): Promise<RunLine[]> {
    return this.#started.ledger.runs(env)
  }

  async subscribe(env: string, listener: Listener): Promise<() => void> {
    const unsubscribe = await this.#bus.subscribe(`switchyard:${env}:*`, listener)
    return () => void Promise.resolve(unsubscribe()).catch(() => {})
  }

  exists(component: string): boolean {
    return this.components.includes(component)
  }

  /** A call of a component as a function. Only what the component itself says is an error of its own. */
  async invoke({ component, env, payload, trace, clientContext, requestId }: Invocation): Promise<Invoked> {
    const { wasm } = this.#started
    const arrival = { component, env, requestId, trace: trace || undefined, clientContext, prefix: this.#options.names.prefix }
    let arrived: ReturnType<typeof readEvent>
    try {
      arrived = readEvent(wasm.exports, payload, arrival)
    } catch (error) {
      return failed(component, error as Failure, '')
    }
    const call: Call = { component, env, message: arrived.message }
    const serving: Serving = { about: { env, requestId: arrived.request_id }, trace, log: [] }
    await this.#options.before?.(call)
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

  get #started(): { wasm: Wasm; ledger: LedgerService; blobs: Blobs } {
    if (!this.#parts) throw new Error('the system was used before it was started')
    return this.#parts
  }

  #invocation({ env, component, message, requestId }: Message): Invocation {
    const clientContext = JSON.stringify({ client: { app_title: CLIENT } })
    return { ...targetIn(this.#options.names, component, env), payload: message, trace: '', clientContext, requestId }
  }

  #launched(component: string, message: Uint8Array, from: Call): void {
    const target = targetIn(this.#options.names, component, from.env)
    this.deliveries.accept({ ...target, payload: message, trace: this.#serving.get(from)?.trace ?? '', requestId: randomUUID() })
  }

  async #publish(topic: string, message: Uint8Array): Promise<void> {
    try {
      await this.#bus.publish(topic, message)
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

/** What a function's answer says. */
export function answered(payload: Uint8Array): Answered {
  return JSON.parse(new TextDecoder().decode(payload)) as Answered
}

function memoryLedger({ exports }: Wasm, in_flight: number): LedgerService {
  const ledger = new exports.Ledger({ in_flight, start: in_flight, lease_s: LEASE_S, keep_s: KEEP_S })
  return {
    step: (step) => ledger.step(Date.now(), step),
    runs: (env) => JSON.parse(ledger.runs(env)) as RunLine[],
  }
}

function failed(component: string, { kind, message, retry, input }: Failure, log: string): Invoked {
  const error = { errorType: errorType(kind), errorMessage: message, trace: [`${errorType(kind)}: ${component}: ${message}`] }
  return { error, failure: { kind, message, retry, ...(input === undefined ? {} : { input }) }, log }
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}
