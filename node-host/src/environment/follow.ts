// Following a run to its end, wherever it runs: how far it is, and how it ended.

import { setTimeout as sleep } from 'node:timers/promises'
import { Refused } from '../errors.ts'
import { type Announcement, decode, type Environment, type Listener, type RunState, type Snapshot } from './environment.ts'
import { type Happening, watch } from './watch.ts'

/** How a run ended: as the ledger says, and what was announced of it. */
export interface Ending {
  state: RunState
  message: string
  /** Whether it was seen running before. */
  began: boolean
  /** The component that ended it by failing, if it was heard. */
  failure?: { component: string; kind: string; message: string; input?: unknown } | undefined
}

/** How far a run is, as far as anybody said. What arrives late or twice takes nothing back. */
export class Tracker {
  #done = 0
  #of = 0
  #rounds = 0

  /** Of an announcement or a snapshot of the run. */
  hear({ done, of, component, part }: { done: number; of: number; component?: string; part?: string }): void {
    this.#done = Math.max(this.#done, done)
    this.#of = Math.max(this.#of, of)
    if (component === 'step') this.#rounds = Math.max(this.#rounds, Number(part) || 0)
  }

  /** The rounds of a fit so far, of which nobody knows how many there will be; 0 of what is no fit. */
  get rounds(): number {
    return this.#rounds
  }

  /** The done fraction of all work; undefined until the plan is made. */
  get done(): number | undefined {
    return this.#of === 0 ? undefined : this.#done / this.#of
  }
}

/** What is out of reach for longer than this is told. */
const OUTAGE_MAX_MS = 60_000
/** A run that was launched is in the ledger by then, or something is wrong that a person should see to. */
const LAUNCH_MAX_MS = 300_000

const NEVER = new AbortController().signal

/** Follows a run to its end, or until the signal, telling the tracker how far it is. One that was only just launched the ledger may
 * not know yet. */
export async function follow(
  at: Environment,
  run: string,
  tracker: Tracker,
  launched = false,
  signal: AbortSignal = NEVER,
): Promise<Ending> {
  const seen = new Seen(launched ? Date.now() + LAUNCH_MAX_MS : 0)
  const look = async () => {
    return seen.corrected(await patiently(() => at.look(run), at.poll_ms))
  }
  const subscribe: Environment['subscribe'] = (listener, run) => {
    const heard: Listener = (topic, message) => {
      seen.hear(decode(message))
      listener(topic, message)
    }
    return at.subscribe(heard, run)
  }
  const watched = { look, subscribe, poll_ms: at.poll_ms }
  return ended(watch(watched, run, signal), tracker)
}

/** Why a run has no report. */
export function reason({ state, message, failure }: Ending): string {
  if (state === 'cancelled') return message === '' ? 'The run was cancelled' : `The run was ${message}`
  if (!failure) return message === '' ? `The run is ${state}` : `The run failed: ${message}`
  // What could not be delivered names its component itself.
  const spent = failure.component === 'failed'
  return spent ? `The run failed: ${failure.message}` : `The component ${failure.component} failed: ${failure.message}`
}

/** The end of what happens in a run. The last snapshot counts: announcements may be missed. */
async function ended(happenings: AsyncIterable<Happening>, tracker: Tracker): Promise<Ending> {
  const ending: Ending = { state: 'unknown', message: '', began: false }
  for await (const { event, data } of happenings) {
    tracker.hear(data)
    if (event === 'snapshot') Object.assign(ending, { state: data.state, message: data.message })
    if (data.state === 'running') ending.began = true
    if (event !== 'announcement') continue
    if (data.event === 'failed' && data.state === 'failed') ending.failure ??= data
    // It was resumed since.
    if (data.state === 'running') ending.failure = undefined
  }
  return ending
}

/** What is asked of a ledger that may be out of reach for a while: the run goes on meanwhile. */
async function patiently<T>(ask: () => Promise<T>, wait_ms: number): Promise<T> {
  for (const end_ms = Date.now() + OUTAGE_MAX_MS; ; await sleep(wait_ms)) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof Refused) || !error.failure.retry || Date.now() > end_ms) throw error
    }
  }
}

/** What a ledger cannot tell of a run: whether it is not yet known or known no more, and that it ended as the ledger takes nothing. */
class Seen {
  readonly #until_ms: number
  #known = false
  /** Why it takes nothing. */
  #refused: string | undefined

  constructor(until_ms: number) {
    this.#until_ms = until_ms
  }

  hear(announcement: Announcement | undefined): void {
    if (announcement?.event !== 'failed') return
    const { state, kind, message } = announcement
    if (state === 'failed' && kind === 'host') this.#refused = message
  }

  corrected(snapshot: Snapshot): Snapshot {
    const { state } = snapshot
    if (state !== 'unknown') this.#known = true
    if (state !== 'unknown' && state !== 'running') return snapshot
    if (this.#refused !== undefined) return { ...snapshot, state: 'failed', message: this.#refused }
    return this.#known || Date.now() >= this.#until_ms ? snapshot : { ...snapshot, state: 'running' }
  }
}
