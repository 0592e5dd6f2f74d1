// Parts that do no work, from the opening of a run to its last part, through a real ledger, bus and queue: what it costs to fan
// out and join. Each takes the steps of core/src/pipeline/part.rs, steps.rs and progress.rs in their order, written again here,
// since core has no component that does nothing: begin, announce, finish, launch what that grants, announce.

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Deliveries } from '../node-host/src/lambda/deliveries.ts'
import { Capacity, type Invocation, type Invoked } from '../node-host/src/lambda/functions.ts'
import { defaultNames, targetIn } from '../node-host/src/lambda/names.ts'
import type { BusService, LedgerService } from '../node-host/src/local/system.ts'
import type { Announcement, Answer, Limits, RunState } from '../wasm/pkg/switchyard.js'

/** The most that an environment has in flight, and what a run begins with. */
export const LIMITS: Limits = { in_flight: 200, start: 8, lease_s: 900, keep_s: 3600 }

/** Parts told to the ledger in one step: as in core/src/pipeline/open.rs. */
const PARTS_PER_STEP = 2000
const ENV = 'dev'
/** The part that joins: held until all others are finished. */
const LAST = 'report/'
const names = defaultNames()
const [decoder, encoder] = [new TextDecoder(), new TextEncoder()]

interface Envelope {
  run: string
  request_id: string
  ticket: number
  input: { part: string }
}

/** Runs one after another in one environment, with a client that watches them. */
export class Fanout {
  readonly #ledger: Pick<LedgerService, 'step'>
  readonly #bus: BusService
  readonly #deliveries: Deliveries
  #reported = Promise.withResolvers<void>()
  #heard = 0

  constructor(ledger: Pick<LedgerService, 'step'>, bus: BusService) {
    this.#ledger = ledger
    this.#bus = bus
    const limit = LIMITS.in_flight
    this.#deliveries = new Deliveries({
      functions: { exists: () => true, invoke: (call) => this.#invoke(call) },
      capacity: new Capacity({ perEnvironment: limit, total: limit }),
      log: (_level, message) => this.#reported.reject(new Error(message)),
    })
  }

  /** Milliseconds from opening a run of so many parts to its report, which was made once, when all were in. */
  async run(parts: number): Promise<number> {
    const run = randomUUID()
    this.#reported = Promise.withResolvers()
    this.#heard = 0
    const unsubscribe = await this.#bus.subscribe(`switchyard:${ENV}:*`, () => {
      this.#heard += 1
    })
    const started = performance.now()
    await this.#open(run, parts)
    await this.#reported.promise
    const took_ms = performance.now() - started
    while (this.#deliveries.pending > 0) await new Promise((resolve) => setImmediate(resolve))
    const [{ state, done }, expected] = [await this.#step(run, 'look', { look: {} }), 2 * parts + 2]
    // The last announcements are on their way by another connection.
    for (const end = Date.now() + 5000; this.#heard < expected && Date.now() < end; ) await sleep(1)
    const heard = this.#heard
    await unsubscribe()
    if (state !== 'completed' || done !== parts || heard !== expected) {
      throw new Error(`${parts} parts were ${state} with ${done} done and ${heard} announcements, expected ${expected}`)
    }
    return took_ms
  }

  async #open(run: string, parts: number): Promise<void> {
    const about = {
      schema: 1,
      run,
      request_id: run,
      client: 'bench',
      env: ENV,
      hops: 7,
      budget: 4_000_000,
      ticket: 0,
      trace: null,
    }
    const next: { part: string; after?: string }[] = Array.from({ length: parts }, (_, at) => ({ part: `replay/shares-${at}` }))
    next.push({ part: LAST, after: 'replay' })
    const envelope = JSON.stringify({ ...about, input: null })
    const whole = { envelope, budget: about.budget, of: parts, losses_allowed: 0, gates: [['replay', parts]], last: LAST }
    for (let from = 0; from < next.length; from += PARTS_PER_STEP) {
      const some = next.slice(from, from + PARTS_PER_STEP)
      await this.#step(run, `plan/${from / PARTS_PER_STEP}`, { open: { ...whole, done: [], next: some, again: false } })
    }
  }

  /** A delivery of a part. */
  async #invoke({ component, payload }: Invocation): Promise<Invoked> {
    const { run, request_id, ticket, input } = JSON.parse(decoder.decode(payload)) as Envelope
    const part = `${component}/${input.part}`
    const topic = `switchyard:${ENV}:${component}:${request_id}`
    const begun = await this.#step(run, part, { begin: { part, ticket } })
    if (begun.go === 'work') {
      await this.#announce(topic, begun, { run, component, part: input.part, event: 'started' })
      const end = { part, state: 'completed' satisfies RunState, message: '' }
      const finished = await this.#step(run, part, part === LAST ? { end } : { finish: { part, work: 1, next: [] } })
      await this.#announce(topic, finished, { run, component, part: input.part, event: 'completed' })
      if (part === LAST) this.#reported.resolve()
    }
    return { payload: new Uint8Array(), log: '' }
  }

  async #step(run: string, by: string, act: object): Promise<Answer> {
    const answer = JSON.parse(await this.#ledger.step(JSON.stringify({ env: ENV, run, by, act }))) as Answer
    for (const launch of answer.launches) this.#launch(launch)
    return answer
  }

  #launch({ envelope, part, ticket }: Answer['launches'][number]): void {
    const [component = '', name = ''] = part.split('/')
    const message = { ...(JSON.parse(envelope) as Envelope), ticket, input: { part: name } }
    const payload = encoder.encode(JSON.stringify(message))
    this.#deliveries.accept({ ...targetIn(names, component, ENV), payload, trace: '', requestId: randomUUID() })
  }

  async #announce(
    topic: string,
    { state, done, of }: Answer,
    what: Pick<Announcement, 'run' | 'component' | 'part'> & { event: 'started' | 'completed' },
  ): Promise<void> {
    await this.#bus.publish(topic, encoder.encode(JSON.stringify({ ...what, state, done, of })))
  }
}
