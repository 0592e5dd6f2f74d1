// Watching a run: a snapshot first, then what is announced, and a snapshot at the end. Whoever watches sees the end even if no
// announcement arrives, since the ledger is also asked now and then.

import { type Announcement, decode, type Environment, type Snapshot } from './environment.ts'

export type Happening = { event: 'snapshot'; data: Snapshot } | { event: 'announcement'; data: Announcement }

/** What is watched. The end of a run is seen at the latest `poll_ms` after it. */
export type Watched = Pick<Environment, 'look' | 'subscribe' | 'poll_ms'>

/** How long what is announced of the end is waited for, where the ledger told it first: of a failure, only that says whose it is. */
const GRACE_MS = { failed: 2000, otherwise: 100 }
/** Announcements kept for a watcher that is slower than they come. What is dropped, the snapshots tell. */
const HEARD_MAX = 10_000

/** What happens in a run, from now to its end, or until the signal. */
export async function* watch(at: Watched, run: string, signal: AbortSignal): AsyncGenerator<Happening> {
  const { poll_ms } = at
  const heard: Announcement[] = []
  let bell = Promise.withResolvers<void>()
  // Before the snapshot is read, so that nothing falls between the two.
  const unsubscribe = await at.subscribe((_, message) => {
    const announcement = decode(message)
    if (!announcement || heard.length >= HEARD_MAX) return
    heard.push(announcement)
    bell.resolve()
  }, run)
  const leave = () => bell.resolve()
  signal.addEventListener('abort', leave)
  try {
    let last = await at.look(run)
    yield { event: 'snapshot', data: last }
    let asked_ms = Date.now()
    while (last.state === 'running' && !signal.aborted) {
      await rung(bell.promise, asked_ms + poll_ms - Date.now())
      if (signal.aborted) return
      bell = Promise.withResolvers<void>()
      const announcements = heard.splice(0)
      for (const data of announcements) yield { event: 'announcement', data }
      const ended = announcements.some(({ state }) => state !== 'running')
      if (!ended && Date.now() < asked_ms + poll_ms) continue
      const now = await at.look(run)
      asked_ms = Date.now()
      if (now.state !== 'running' && !ended) {
        const announced = () => heard.some(({ state }) => state !== 'running')
        const grace_ms = now.state === 'failed' ? GRACE_MS.failed : GRACE_MS.otherwise
        for (const end_ms = asked_ms + grace_ms; Date.now() < end_ms && !announced() && !signal.aborted; ) {
          await rung(bell.promise, end_ms - Date.now())
          bell = Promise.withResolvers<void>()
        }
        for (const data of heard.splice(0)) yield { event: 'announcement', data }
      }
      if (now.state !== last.state || now.done !== last.done || now.of !== last.of) yield { event: 'snapshot', data: now }
      last = now
    }
  } finally {
    signal.removeEventListener('abort', leave)
    unsubscribe()
  }
}

/** Waits for the bell, but not for ever. */
async function rung(bell: Promise<void>, most_ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, most_ms)
  await Promise.race([bell, promise])
  clearTimeout(timer)
}
