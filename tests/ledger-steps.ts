// Random steps of a ledger, for comparing two of them: names are few enough that steps meet.

import type { Act, Loss, Next, Open, Step } from '../node-host/src/redis/ledger.ts'

/** Steps and when they are taken. */
export interface Timed {
  now_ms: number
  steps: Step[]
}

interface Launch {
  run: string
  part: string
  ticket: number
}

/** Limits under which the steps meet every rule. */
export const LIMITS = { in_flight: 4, start: 3, lease_s: 20, keep_s: 3600 }

const GATES: Open['gates'][] = [
  [],
  [['a', 2]],
  [
    ['a', 3],
    ['b', 2],
  ],
  [
    ['a', 1],
    ['b', 4],
    ['c', 1],
  ],
]

/** An endless source of steps, drawn with a seed. It learns from the answers which launches there are. */
export class Steps {
  readonly #random: () => number
  readonly #env: string
  readonly #budgets: number[]
  #now_ms = 1_000_000
  #launches: Launch[] = []

  constructor(seed: number, env: string, budgets: number[]) {
    this.#random = mulberry32(seed)
    this.#env = env
    this.#budgets = budgets
  }

  /** Some steps that are taken at the same time. */
  next(count: number): Timed {
    const steps = Array.from({ length: count }, () => this.#step())
    // No time passes before a look: the ledger in memory forgets runs at its next other step only.
    if (steps[0] && !('look' in steps[0].act)) this.#now_ms += this.below(this.#pause_ms())
    return { now_ms: this.#now_ms, steps }
  }

  /** Takes note of what a ledger answered. */
  learn(launches: Launch[]): void {
    this.#launches = [...this.#launches, ...launches].slice(-12)
  }

  #step(): Step {
    const launch = this.#launches[this.below(this.#launches.length)]
    const followed = launch && this.#random() < 0.8 ? launch : this.#invented()
    const { run, part, ticket } = followed
    const by = this.#random() < 0.9 ? `${part}#${ticket}` : this.#one(['plan', 'resume', `failed/${part}`])
    return { env: this.#env, run, by, act: this.#act(part, ticket) }
  }

  #pause_ms(): number {
    const odds = this.#random()
    return odds < 0.01 ? 1500 * LIMITS.keep_s : odds < 0.05 ? 1500 * LIMITS.lease_s : 750
  }

  #act(part: string, ticket: number): Act {
    const odds = this.#random()
    if (odds < 0.35) return { begin: { part, ticket } }
    if (odds < 0.75) return { finish: { part, work: this.below(100), next: this.#nexts(3) } }
    if (odds < 0.85) return { lose: this.#loss(part, ticket) }
    if (odds < 0.88) return this.#end(part)
    if (odds < 0.93) return { look: {} }
    return { open: this.#open() }
  }

  #open(): Open {
    const gates = this.#one(GATES)
    const done = Array.from({ length: this.below(3) }, (): [string, number] => [this.#part(), this.below(100)])
    const budget = this.#one(this.#budgets)
    const texts = { envelope: `{"n":${this.below(9)}, "text":"é \\"q\\" \\n"}`, last: 'c/1' }
    const numbers = { budget, of: this.#one([0, this.below(2 ** 50)]), losses_allowed: this.below(4) }
    return { ...texts, ...numbers, gates, done, next: this.#nexts(8), again: this.#random() < 0.6 }
  }

  #end(part: string): Act {
    const state = this.#one(['completed', 'failed', 'cancelled'])
    return { end: { part: this.#random() < 0.5 ? part : null, state, message: 'as it "ended"\n' } }
  }

  #loss(part: string, ticket: number): Loss {
    const lost = this.#random() < 0.7 ? [part] : Array.from({ length: this.below(4) }, () => this.#part())
    return { part, ticket, lost, fatal: this.#random() < 0.1, reason: 'out of memory' }
  }

  #nexts(most: number): Next[] {
    const next = () => {
      const after = this.#one([undefined, undefined, 'a', 'b', 'd'])
      return after === undefined ? { part: this.#part() } : { part: this.#part(), after }
    }
    return Array.from({ length: this.below(most + 1) }, next)
  }

  #invented(): Launch {
    return { run: this.#one(['one', 'two', 'three']), part: this.#part(), ticket: 1e9 + this.below(2) }
  }

  #part(): string {
    return `${this.#one(['a', 'b', 'c'])}/${1 + this.below(5)}`
  }

  #one<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }

  /** A number from 0 to before `bound`. */
  below(bound: number): number {
    return Math.floor(this.#random() * bound)
  }
}

function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
