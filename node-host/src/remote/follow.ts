// Following a run that runs elsewhere to its end, with the progress line of a local one.

import { setTimeout as sleep } from 'node:timers/promises'
import { type Ending, followed } from '../predict/ending.ts'
import { ProgressDisplay, progressLine, Tracker } from '../predict/progress.ts'
import type { RunState } from '../server/interface.ts'
import { watch } from '../server/watch.ts'
import { type Remote, RemoteError } from './remote.ts'

export interface FollowOptions {
  /** Is told how far it is. */
  tracker: Tracker
  /** Whether it was only just launched, so that the ledger may not know it yet. */
  launched?: boolean | undefined
  poll_ms?: number | undefined
}

/** The ledger is asked this often besides what is announced. */
const POLL_MS = 750
/** What is out of reach for longer than this is told. */
const OUTAGE_MAX_MS = 60_000
/** A run that was launched is in the ledger by then, or something is wrong that a person should see to. */
const LAUNCH_MAX_MS = 300_000

/** Follows a run to its end. */
export function follow(remote: Remote, run: string, { tracker, launched, poll_ms = POLL_MS }: FollowOptions): Promise<Ending> {
  const seen = new Seen(launched ? Date.now() + LAUNCH_MAX_MS : 0)
  const look = async () => {
    const snapshot = await patiently(() => remote.look(run))
    return { ...snapshot, state: seen.state(snapshot.state) }
  }
  const subscribe = (_: string, listener: (topic: string, message: Uint8Array) => void) => remote.subscribe(run, listener)
  const signal = new AbortController().signal
  return followed(watch({ subscribe }, remote.env, run, { look, signal, poll_ms }), tracker)
}

/** Follows a run to its end and shows how far it is meanwhile. */
export async function show(remote: Remote, run: string, quiet: boolean): Promise<Ending> {
  const tracker = new Tracker()
  const started_ms = Date.now()
  let before: number | undefined
  const line = () => {
    // What was done before anybody looked says nothing of how fast it is.
    before ??= tracker.done
    const elapsed_s = (Date.now() - started_ms) / 1000
    const share = tracker.done === undefined || before === undefined ? 0 : (tracker.done - before) / tracker.done
    return progressLine(tracker.done, undefined, share > 0 ? elapsed_s / share : elapsed_s)
  }
  const display = quiet ? undefined : new ProgressDisplay(process.stderr, line)
  return follow(remote, run, { tracker }).finally(() => display?.stop())
}

/** What is asked of a ledger that may be out of reach for a while: the run goes on meanwhile. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (const end_ms = Date.now() + OUTAGE_MAX_MS; ; await sleep(POLL_MS)) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof RemoteError) || !error.failure.retry || Date.now() > end_ms) throw error
    }
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
