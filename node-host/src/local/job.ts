// A job: one message from outside and everything that follows from it.

import type { Failure } from './protocol.ts'

/** What a component's calls cost. */
export interface ComponentStats {
  calls: number
  /** How many of the calls were deliveries of a message that had been delivered before. */
  retries: number
  total_ms: number
  max_ms: number
}

/** A component failed in a way that no retry heals. */
export class ComponentError extends Error {
  override name = 'ComponentError'
  readonly component: string
  readonly failure: Failure

  constructor(component: string, failure: Failure) {
    super(failure.message)
    this.component = component
    this.failure = failure
  }
}

/** Counts the messages that are still to be done, and what the done ones cost. */
export class Job {
  readonly stats: Record<string, ComponentStats> = {}
  readonly settled: Promise<void>
  readonly #settle: PromiseWithResolvers<void>
  #pending = 0
  #over = false

  constructor() {
    this.#settle = Promise.withResolvers()
    this.settled = this.#settle.promise
  }

  /** Whether it has ended, well or not: what is left of it need not be done. */
  get over(): boolean {
    return this.#over
  }

  begin(): void {
    this.#pending += 1
  }

  end(): void {
    this.#pending -= 1
    if (this.#pending > 0) return
    this.#over = true
    this.#settle.resolve()
  }

  fail(error: Error): void {
    this.#over = true
    this.#settle.reject(error)
  }

  count(component: string, duration_ms: number, again: boolean): void {
    this.stats[component] ??= { calls: 0, retries: 0, total_ms: 0, max_ms: 0 }
    const stats = this.stats[component]
    stats.calls += 1
    stats.retries += again ? 1 : 0
    stats.total_ms += duration_ms
    stats.max_ms = Math.max(stats.max_ms, duration_ms)
  }
}
