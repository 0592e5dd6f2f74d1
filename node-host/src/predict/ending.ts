// Following a run to its end, wherever it runs.

import type { RunState } from '../server/interface.ts'
import type { Happening } from '../server/watch.ts'
import type { Tracker } from './progress.ts'

/** How a run ended: as the ledger says, and what was announced of it. */
export interface Ending {
  state: RunState
  message: string
  /** Whether it was seen running before. */
  began: boolean
  /** The component that ended it by failing, if it was heard. */
  failure?: { component: string; kind: string; message: string } | undefined
}

/** Follows what happens in a run. The last snapshot counts: announcements may be missed. */
export async function followed(happenings: AsyncIterable<Happening>, tracker: Tracker): Promise<Ending> {
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

/** Why a run has no report. */
export function reason({ state, message, failure }: Ending): string {
  if (state === 'cancelled') return message === '' ? 'The run was cancelled' : `The run was ${message}`
  if (!failure) return message === '' ? `The run is ${state}` : `The run failed: ${message}`
  // What could not be delivered names its component itself.
  const spent = failure.component === 'failed'
  return spent ? `The run failed: ${failure.message}` : `The component ${failure.component} failed: ${failure.message}`
}
