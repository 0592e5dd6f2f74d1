// Watching a run: a snapshot first, then what is announced, and a snapshot at the end. Whoever watches sees the end even if no
// announcement arrives, since the ledger is also asked now and then.

import type { Announcement, Snapshot, System } from './interface.ts'

export type Happening = { event: 'snapshot'; data: Snapshot } | { event: 'announcement'; data: Announcement }

/** Where announcements are heard. */
export type Source = Pick<System, 'subscribe'>

export interface WatchOptions {
  /** How a run stands. */
  look(): Promise<Snapshot>
  /** Ends the watch. */
  signal: AbortSignal
  /** How often the ledger is asked. */
  poll_ms?: number | undefined
}

/** The end of a run is seen at the latest this long after it. */
const POLL_MS = 1000
/** How long what was announced of the end is waited for, where the ledger told it first. */
const GRACE_MS = 100
/** Announcements kept for a watcher that is slower than they come. What is dropped, the snapshots tell. */
const HEARD_MAX = 10_000

/** What happens in a run, from now to its end. */
export async function* watch(system: Source, env: string, run: string, options: WatchOptions): AsyncGenerator<Happening> {
  const { look, signal, poll_ms = POLL_MS } = options
  const heard: Announcement[] = []
  let bell = Promise.withResolvers<void>()
  // Before the snapshot is read, so that nothing falls between the two.
  const unsubscribe = await system.subscribe(env, (_, message) => {
    const announcement = decode(message)
    if (announcement?.run !== run || heard.length >= HEARD_MAX) return
    heard.push(announcement)
    bell.resolve()
  })
  const leave = () => bell.resolve()
  signal.addEventListener('abort', leave)
  try {
    let last = await look()
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
      const now = await look()
      asked_ms = Date.now()
      if (now.state !== 'running' && !ended) {
        const announced = () => heard.some(({ state }) => state !== 'running')
        for (const end_ms = asked_ms + GRACE_MS; Date.now() < end_ms && !announced() && !signal.aborted; ) {
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

/** An announcement, if it is one. */
export function decode(message: Uint8Array): Announcement | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(message)) as Announcement
  } catch {
    // Anybody may publish there.
    return undefined
  }
}
