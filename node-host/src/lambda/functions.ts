// Components as Lambda functions: how they are invoked, what comes of it, and how many of them may run at once.

import type { Failure } from '../errors.ts'
import type { Target } from './names.ts'

/** One invocation of a function. */
export interface Invocation extends Target {
  /** JSON. */
  payload: Uint8Array
  /** The X-Ray header that the function is to see and pass on. */
  trace: string
  /** JSON that the client says of itself; only with synchronous calls, as on AWS. */
  clientContext?: string | undefined
  requestId: string
}

/** How an invocation ended, and what it logged meanwhile. */
export type Invoked =
  | { payload: Uint8Array; error?: undefined; log: string }
  // What Switchyard itself knows of an error, Lambda's clients do not get to see.
  | { error: FunctionError; failure?: Failure | undefined; log: string }

/** A function's error, as Lambda hands it to clients. */
export interface FunctionError {
  errorType: string
  errorMessage: string
  trace: string[]
}

/** The functions there are. */
export interface Functions {
  exists(component: string): boolean
  /** Calls a component. A function's error is an outcome; what is thrown is the system's, which Lambda tries again. */
  invoke(invocation: Invocation): Promise<Invoked>
}

/** Why a call has to wait: Lambda's words. */
export type ThrottleReason = 'ReservedFunctionConcurrentInvocationLimitExceeded' | 'ConcurrentInvocationLimitExceeded'

/** Too much is running; trying again later helps. */
export class Throttled extends Error {
  override name = 'Throttled'
  readonly reason: ThrottleReason

  constructor(reason: ThrottleReason) {
    super('Rate Exceeded.')
    this.reason = reason
  }
}

export interface Concurrency {
  /** Calls at once in one environment. Lambda reserves concurrency by function; here it is by alias, which is what must not starve. */
  perEnvironment: number
  /** Calls at once in all environments together, as in one account. */
  total: number
}

/** Counts the calls that are running. */
export class Capacity {
  readonly #limits: Concurrency
  readonly #running = new Map<string, number>()
  readonly #listeners: (() => void)[] = []
  #total = 0

  constructor(limits: Concurrency) {
    this.#limits = limits
  }

  /** Takes a place, or tells why there is none. */
  take(env: string): ThrottleReason | undefined {
    const running = this.#running.get(env) ?? 0
    if (running >= this.#limits.perEnvironment) return 'ReservedFunctionConcurrentInvocationLimitExceeded'
    if (this.#total >= this.#limits.total) return 'ConcurrentInvocationLimitExceeded'
    this.#running.set(env, running + 1)
    this.#total += 1
    return undefined
  }

  /** Gives a place back. */
  give(env: string): void {
    this.#running.set(env, (this.#running.get(env) ?? 0) - 1)
    this.#total -= 1
    for (const listener of this.#listeners) listener()
  }

  /** Calls `listener` whenever there is a place that was not there before. */
  onFree(listener: () => void): void {
    this.#listeners.push(listener)
  }

  running(env: string): number {
    return this.#running.get(env) ?? 0
  }
}

/** Calls a function at once.
 *
 * @throws Throttled if too much is running.
 */
export async function invokeNow(functions: Functions, capacity: Capacity, invocation: Invocation): Promise<Invoked> {
  const reason = capacity.take(invocation.env)
  if (reason) throw new Throttled(reason)
  try {
    return await functions.invoke(invocation)
  } finally {
    capacity.give(invocation.env)
  }
}
