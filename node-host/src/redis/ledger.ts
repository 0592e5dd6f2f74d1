// The ledger in Redis: steps are calls of a script, *.lua beside this. The steps and answers are those of core/src/host/ledger.

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

export interface Step {
  env: string
  run: string
  by: string
  act: Act
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
  readonly #steps = new Map<string, Together<string[], string>>()

  constructor(connection: Connection, limits: Limits) {
    this.#connection = connection
    this.#limits = [limits.in_flight, limits.start, limits.lease_s * 1000, limits.keep_s * 1000].map(String)
  }

  /** Takes a step, JSON, and gives the answer, JSON. Steps asked for at the same time go in one call, in their order. */
  async step(step: string): Promise<string> {
    const asked = JSON.parse(step) as Step
    const args = stepArgs(asked)
    const { env } = asked
    const steps = this.#steps.get(env) ?? new Together(CALL_STEPS_MAX, (steps: string[][]) => this.#take(env, steps))
    this.#steps.set(env, steps)
    return steps.ask(args)
  }

  /** Takes steps of one environment at a time that is given, with nobody else's between them. */
  stepsAt(now_ms: number, env: string, steps: Step[]): Promise<string[]> {
    return this.#take(env, steps.map(stepArgs), String(now_ms))
  }

  /** The runs of an environment, the latest opened first. */
  async runs(env: string): Promise<RunLine[]> {
    const key = `${prefix(env)}runs`
    const names = await this.#connection.ask((client) => client.zrevrange(key, 0, LISTED_MAX - 1))
    const fields = ['state', 'done', 'of', 'message', 'opened_ms', 'updated_ms']
    const ask = (run: string) => this.#connection.ask((client) => client.hmget(`${prefix(env)}run:${run}`, ...fields))
    const lines = await Promise.all(
      names.map(async (run) => {
        const [state, done, of, message, opened_ms, updated_ms] = (await ask(run)).map((field) => field ?? '')
        const numbers = { done: Number(done), of: Number(of), opened_ms: Number(opened_ms), updated_ms: Number(updated_ms) }
        return { run, state: state as RunLine['state'] | '', message: message ?? '', ...numbers }
      }),
    )
    // What has expired is forgotten from the list later than the run itself.
    return lines.filter((line): line is RunLine => line.state !== '')
  }

  async #take(env: string, steps: string[][], now_ms = ''): Promise<string[]> {
    const args = [now_ms, ...this.#limits, JSON.stringify(steps.flat())]
    const answers = await SCRIPT.call(this.#connection, [`${prefix(env)}waiting`], args)
    return String(answers).split('\n')
  }
}

/** What all keys of an environment begin with. The braces make them share a slot of a cluster. */
function prefix(env: string): string {
  return `switchyard:{${env}}:`
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
  if ('look' in act) return ['look']
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
