// Following a run that runs elsewhere to its end, with the progress line of a local one.

import { type Ending, followed } from '../predict/ending.ts'
import { ProgressDisplay, progressLine, Tracker } from '../predict/progress.ts'
import type { RunState } from '../server/interface.ts'
import { watch } from '../server/watch.ts'
import type { Remote } from './remote.ts'

export interface FollowOptions {
  /** Whether to show no progress. */
  quiet: boolean
  /** For the display. */
  visits?: number | undefined
  /** Whether it was only just launched, so that the ledger may not know it yet. */
  launched?: boolean | undefined
  poll_ms?: number | undefined
}

/** The ledger is asked this often besides what is announced. */
const POLL_MS = 750
/** A run that was launched is in the ledger by then, or never will be: six hours are kept for the delivery, but nobody waits so long. */
const LAUNCH_MAX_MS = 300_000

export async function follow(remote: Remote, run: string, options: FollowOptions): Promise<Ending> {
  const tracker = new Tracker()
  const started_ms = Date.now()
  let first: number | undefined
  const line = () => {
    // A run that is joined late was not all done since.
    first ??= tracker.done
    const begun = options.launched ? 0 : (first ?? 0)
    const done = tracker.done
    const elapsed_s = (Date.now() - started_ms) / 1000
    const whole_s = done === undefined || done <= begun ? elapsed_s : (elapsed_s * done) / (done - begun)
    return progressLine(done, options.visits, whole_s)
  }
  const display = options.quiet ? undefined : new ProgressDisplay(process.stderr, line)
  const seen = new Seen(options.launched ? started_ms + LAUNCH_MAX_MS : 0)
  const look = async () => {
    const snapshot = await remote.look(run)
    return { ...snapshot, state: seen.state(snapshot.state) }
  }
  const source = {
    subscribe: (_: string, listener: (topic: string, message: Uint8Array) => void) => remote.subscribe(run, listener),
  }
  const signal = new AbortController().signal
  try {
    return await followed(watch(source, remote.env, run, { look, signal, poll_ms: options.poll_ms ?? POLL_MS }), tracker)
  } finally {
    display?.stop()
  }
}

/** Tells a run that is not yet known from one that is known no more. */
class Seen {
  readonly #until_ms: number
  #known = false

  constructor(until_ms: number) {
    this.#until_ms = until_ms
  }

  state(state: RunState): RunState {
    if (state !== 'unknown') this.#known = true
    return state === 'unknown' && !this.#known && Date.now() < this.#until_ms ? 'running' : state
  }
}
