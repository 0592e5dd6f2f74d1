// Asynchronous invocation as Lambda does it: a queue, two retries after a function error, waiting where too much is running,
// and the on-failure destination for what could not be delivered. What Lambda cannot know: an error that no retry heals has none.
//
// The queue is in memory and gone with the process: what it loses, the ledger's leases and `resume` heal.

import { randomUUID } from 'node:crypto'
import type { LogLevel } from '../environment/environment.ts'
import { type Condition, destinationRecord, type Last } from './destination.ts'
import { type Capacity, type FunctionError, type Functions, type Invocation, Throttled } from './functions.ts'
import { Line } from './line.ts'
import { LATEST, qualifiedArn, type Target } from './names.ts'

export interface DeliveriesOptions {
  functions: Functions
  capacity: Capacity
  log(level: LogLevel, message: string, call: Invocation): void
  /** Where what fails is sent: a function of the same environment. What fails there is only logged. */
  destination?: ((failed: Target) => Target) | undefined
  /** Shortens the waits of retries, for tests: 1 is as on AWS. */
  scale?: number | undefined
  /** How long an event is kept. */
  eventAgeMax_ms?: number | undefined
}

interface Event {
  call: Invocation
  accepted_ms: number
  /** Calls of the function. */
  invocations: number
  /** How many of them failed by the function's own error. */
  failures: number
  /** How often in a row it was turned away. */
  turnedAway: number
  last?: Last | undefined
  timer?: NodeJS.Timeout | undefined
}

/** Waits before the second and third call of a function that fails. */
const RETRY_DELAYS_MS = [60_000, 120_000]
/** Waits of what was turned away: twice as long each time, from the first to the last of these. */
const TURNED_AWAY_DELAYS_MS = { first: 1000, last: 300_000 }
/** Six hours. */
const EVENT_AGE_MAX_MS = 21_600_000

export class Deliveries {
  readonly #options: DeliveriesOptions
  readonly #scale: number
  readonly #ageMax_ms: number
  /** Events that may go as soon as there is a place, by environment. */
  readonly #lines = new Map<string, Line<Event>>()
  /** All that is not over. */
  readonly #events = new Set<Event>()
  #closed = false

  constructor(options: DeliveriesOptions) {
    this.#options = options
    this.#scale = options.scale ?? 1
    this.#ageMax_ms = options.eventAgeMax_ms ?? EVENT_AGE_MAX_MS
    options.capacity.onFree(() => this.#dispatch())
  }

  /** Takes an event, to be delivered at least once or sent to the destination. */
  accept(call: Invocation): void {
    if (this.#closed) return
    const event = { call, accepted_ms: Date.now(), invocations: 0, failures: 0, turnedAway: 0 }
    this.#events.add(event)
    this.#queue(event)
  }

  /** Sends a call that the service refuses to make to the destination at once. */
  refuse(call: Invocation, condition: Condition, error: FunctionError): void {
    const last = { statusCode: 400, functionError: error.errorType, error }
    this.#destination({ call, accepted_ms: Date.now(), invocations: 0, failures: 0, turnedAway: 0, last }, condition)
  }

  /** How many events are not over. */
  get pending(): number {
    return this.#events.size
  }

  /** Drops what is queued; calls that are under way end as they do. */
  close(): void {
    this.#closed = true
    for (const event of this.#events) clearTimeout(event.timer)
    this.#events.clear()
    this.#lines.clear()
  }

  /** Puts an event in its environment's line, for as long as it is kept. */
  #queue(event: Event): void {
    const { env } = event.call
    const line = this.#lines.get(env) ?? new Line<Event>()
    this.#lines.set(env, line)
    line.push(event)
    const expire = () => {
      line.remove(event)
      this.#destination(event, 'EventAgeExceeded')
    }
    event.timer = setTimeout(expire, event.accepted_ms + this.#ageMax_ms - Date.now()).unref()
    this.#dispatch()
  }

  /** Calls as many functions as there are places for, one of each environment in turn. */
  #dispatch(): void {
    for (let any = true; any && !this.#closed; ) {
      any = false
      for (const [env, line] of this.#lines) {
        if (line.isEmpty || this.#options.capacity.take(env)) continue
        any = true
        const event = line.shift()
        if (event) void this.#deliver(event)
      }
    }
  }

  /** Calls the function; the place for it is taken. */
  async #deliver(event: Event): Promise<void> {
    const { functions, capacity } = this.#options
    clearTimeout(event.timer)
    const call = async () => functions.invoke(event.call)
    const result = await call().catch((thrown: unknown) => ({ thrown }))
    // Whatever follows is queued before another event takes the place.
    if (!this.#closed) {
      if ('thrown' in result) this.#turnedAway(event, result.thrown)
      else if (result.error) this.#failed(event, result.error, result.failure?.retry ?? true)
      else this.#events.delete(event)
    }
    capacity.give(event.call.env)
  }

  #failed(event: Event, error: FunctionError, retry: boolean): void {
    event.invocations += 1
    event.failures += 1
    event.turnedAway = 0
    event.last = { statusCode: 200, functionError: 'Unhandled', error }
    const delay_ms = retry ? RETRY_DELAYS_MS[event.failures - 1] : undefined
    if (delay_ms === undefined) this.#destination(event, 'RetriesExhausted')
    else this.#again(event, delay_ms, error.errorMessage)
  }

  /** Throttled, or an error of the system's and not the function's: it does not count as a call. */
  #turnedAway(event: Event, thrown: unknown): void {
    const { first, last } = TURNED_AWAY_DELAYS_MS
    const delay_ms = Math.min(first * 2 ** event.turnedAway, last)
    event.turnedAway += 1
    const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown))
    const [statusCode, errorType] = thrown instanceof Throttled ? [429, 'TooManyRequestsException'] : [500, 'ServiceException']
    // What the function itself said says more.
    event.last ??= { statusCode, functionError: errorType, error: { errorType, errorMessage: message, trace: [] } }
    this.#again(event, delay_ms, `${name}: ${message}`)
  }

  #again(event: Event, delay_ms: number, why: string): void {
    const wait_ms = delay_ms * this.#scale
    // Nothing is kept that would be too old when its turn comes.
    if (Date.now() + wait_ms - event.accepted_ms > this.#ageMax_ms) {
      this.#destination(event, 'EventAgeExceeded')
      return
    }
    const { log } = this.#options
    log('WARN', `${event.call.component} is delivered again in ${seconds(wait_ms)}: ${why}`, event.call)
    event.timer = setTimeout(() => this.#queue(event), wait_ms).unref()
  }

  #destination(event: Event, condition: Condition): void {
    this.#events.delete(event)
    const { destination, log } = this.#options
    const { call, last, invocations } = event
    const reason = last?.error.errorMessage ?? 'no room for it'
    const target = destination?.(call)
    const dropped = !target || target.component === call.component
    log('ERROR', `${call.component} could not be delivered (${condition}): ${reason}${dropped ? '; it is dropped' : ''}`, call)
    if (dropped) return
    const arn = qualifiedArn(call)
    const payload = destinationRecord({ call, arn, condition, invocations, last, executedVersion: LATEST })
    this.accept({ ...target, payload, trace: call.trace, requestId: randomUUID() })
  }
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 1000)} s`
}
