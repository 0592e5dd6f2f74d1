// The ledger in Redis: steps are calls of a script, *.lua beside this. The steps and answers are those of core/src/host/ledger.

import type { Redis as Client } from 'ioredis'
import type { Limits, RunLine } from '../../../wasm/pkg/switchyard.js'
import { HostFailure } from '../errors.ts'
import type { Connection } from './connection.ts'
import { LEDGER_LUA } from './lua.ts'
import { Script } from './script.ts'
import { Together } from './together.ts'

export interface Next {
  part: string
  after?: string
}

export interface Open {
  envelope: string
  budget: number
  of: number
  losses_allowed: number
  gates: [group: string, count: number][]
  last: string
  done: [part: string, work: number][]
  next: Next[]
  again: boolean
}

export interface Loss {
  part: string
  ticket: number
  lost: string[]
  fatal: boolean
  reason: string
}

export type Act =
  | { open: Open }
  | { begin: { part: string; ticket: number } }
  | { finish: { part: string; work: number; next: Next[] } }
  | { lose: Loss }
  | { end: { part?: string | null; state: string; message: string } }
  | { look: object }
  // Of this ledger alone: one in memory goes with whoever is at work.
  | { release: object }

export interface Step {
  env: string
  run: string
  by: string
  act: Act
}

/** A step as the script takes it. */
interface Told {
  run: string
  args: string[]
}

const SCRIPT = new Script(LEDGER_LUA)

/** Steps that one call of the script takes: two milliseconds or so, for which nobody else is served. */
const CALL_STEPS_MAX = 100

/** Runs that a list shows. */
const LISTED_MAX = 1000

/** The ledger of whatever environments the steps name. */
export class RedisLedger {
  readonly #connection: Connection
  readonly #limits: string[]
  /** By environment. */
  readonly #steps = new Map<string, Together<Told, string>>()
  /** By environment: runs that others' steps lately had to do with. */
  readonly #others = new Map<string, string[]>()

  constructor(connection: Connection, limits: Limits) {
    this.#connection = connection
    this.#limits = [limits.in_flight, limits.start, limits.lease_s * 1000, limits.keep_s * 1000].map(String)
  }

  /** Takes a step, JSON, and gives the answer, JSON. Steps asked for at the same time go in one call, in their order. */
  async step(step: string): Promise<string> {
    const asked = JSON.parse(step) as Step
    const args = stepArgs(asked)
    const { env, run } = asked
    const steps = this.#steps.get(env) ?? new Together(CALL_STEPS_MAX, (steps: Told[]) => this.#take(env, steps))
    this.#steps.set(env, steps)
    return steps.ask({ run, args })
  }

  /** Takes steps of one environment at a time that is given, with nobody else's between them. */
  stepsAt(now_ms: number, env: string, steps: Step[]): Promise<string[]> {
    const told = steps.map((step) => ({ run: step.run, args: stepArgs(step) }))
    return this.#take(env, told, String(now_ms))
  }

  /** The runs of an environment, the latest opened first. */
  async runs(env: string): Promise<RunLine[]> {
    const { ledger, opened, run: key } = keysOf(env)
    const ask = <T>(command: (client: Client) => Promise<T>) => this.#connection.ask(command, ledger)
    const [born, names] = await Promise.all([
      ask((client) => client.hget(ledger, 'born')),
      ask((client) => client.zrevrange(opened, 0, LISTED_MAX - 1)),
    ])
    const fields = ['born', 'state', 'message', 'done', 'of', 'opened_ms', 'updated_ms']
    const lines = names.map(async (run): Promise<RunLine | undefined> => {
      const [of_record, state, message, ...numbers] = await ask((client) => client.hmget(key(run), ...fields))
      // What has expired is forgotten from the list later than the run itself.
      if (!state || of_record !== born) return undefined
      const [done = 0, of = 0, opened_ms = 0, updated_ms = 0] = numbers.map(Number)
      return { run, state: state as RunLine['state'], done, of, message: message ?? '', opened_ms, updated_ms }
    })
    return (await Promise.all(lines)).filter((line) => line !== undefined)
  }

  /** Gives up what such of these runs as are over have in flight: whoever was at work on it is gone. */
  async release(env: string, runs: readonly string[]): Promise<void> {
    const { leases } = keysOf(env)
    const leased = await this.#connection.ask((client) => client.zrange(leases, '0', '-1'), leases)
    const holding = new Set(leased.map((lease) => lease.split(' ', 1)[0]))
    const step = (run: string) => this.step(JSON.stringify({ env, run, by: 'release', act: { release: {} } } satisfies Step))
    await Promise.all(runs.filter((run) => holding.has(run)).map(step))
  }

  /** Knows a run no more that is over. */
  async forget(env: string, run: string): Promise<void> {
    const { opened, run: key } = keysOf(env)
    await this.#connection.ask((client) => client.unlink(key(run)), opened)
    await this.#connection.ask((client) => client.zrem(opened, run), opened)
  }

  /** Takes steps at once. The script says which other runs it would touch: those that wait for a place are served in turn. */
  async #take(env: string, steps: Told[], now_ms = ''): Promise<string[]> {
    const { ledger, leases, opened, run: key } = keysOf(env)
    const args = [now_ms, ...this.#limits, JSON.stringify(steps.flatMap(({ args }) => args))]
    let others = this.#others.get(env) ?? []
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const runs = new Set([...steps.map(({ run }) => run), ...others])
      const keys = [ledger, leases, opened, ...[...runs].map(key)]
      try {
        return String(await SCRIPT.call(this.#connection, keys, args)).split('\n')
      } catch (error) {
        const needed = error instanceof Error && /NEEDS (.*?) ;/.exec(error.message)?.[1]
        if (!needed) throw error
        // With those that were not enough, or two calls might need each other's in turn for ever.
        others = [...(attempt === 0 ? [] : others), ...needed.split(' ')]
        this.#others.set(env, others)
      }
    }
    throw new HostFailure(`the ledger of ${env}: runs come and go faster than they can be named`, true)
  }
}

/** How often a call names more runs. */
const ATTEMPTS_MAX = 20

/** An environment's keys. The braces make them share a slot of a cluster. */
function keysOf(env: string) {
  const of = (name: string) => `switchyard:{${env}}:${name}`
  return { ledger: of('ledger'), leases: of('leases'), opened: of('runs'), run: (run: string) => of(`run:${run}`) }
}

/** What the script needs of a step, how many they are first of all. */
function stepArgs({ env, run, by, act }: Step): string[] {
  check('env', env, /^[\w-]+$/, 'letters, digits, - and _')
  check('run', run, /^\S+$/, 'no spaces')
  check('by', by, LINE, 'one line')
  const [name, ...rest] = actArgs(act)
  return [String(3 + rest.length), name, run, by, ...rest]
}

/** The act's name and what the script needs of it, in its order. */
function actArgs(act: Act): [name: string, ...string[]] {
  if ('begin' in act) return ['begin', part(act.begin.part), String(act.begin.ticket)]
  if ('finish' in act) return ['finish', part(act.finish.part), String(act.finish.work), ...act.finish.next.flatMap(nextArgs)]
  if ('lose' in act) {
    const { ticket, lost, fatal, reason } = act.lose
    return ['lose', part(act.lose.part), String(ticket), flag(fatal), reason, ...lost.map(part)]
  }
  if ('end' in act) return ['end', part(act.end.part ?? ''), act.end.state, act.end.message]
  if ('look' in act || 'release' in act) return Object.keys(act) as ['look' | 'release']
  const { envelope, budget, of, losses_allowed, last, gates, again, done, next } = act.open
  const gate = ([group, count]: [string, number]) => `${group} ${count}\n`
  const texts = [envelope, String(budget), String(of), String(losses_allowed), last, gates.map(gate).join('')]
  const finished = done.flatMap(([name, work]) => [part(name), String(work)])
  return ['open', ...texts, flag(again), String(done.length), ...finished, ...next.flatMap(nextArgs)]
}

function nextArgs(next: Next): string[] {
  return [part(next.part), next.after ?? '']
}

function part(name: string): string {
  check('part', name, LINE, 'one line')
  return name
}

function flag(set: boolean): string {
  return set ? '1' : ''
}

const LINE = /^[^\n]*$/

// The script keeps names in lines and words.
function check(field: string, value: string, form: RegExp, expected: string): void {
  if (!form.test(value)) throw new HostFailure(`${field}: got \`${value}\`, expected ${expected}`, false)
}
