// How far a run is: a live line on a terminal; elsewhere plain ones, after two seconds and then at twice the time before, up to one
// a minute.

import { type Ending, Tracker } from '../environment/follow.ts'
import { count } from './text.ts'

const LIVE_INTERVAL_MS = 100
const PLAIN_INTERVAL_MS = { first: 2000, last: 60_000 }

/** One line about how far a run is. */
export function progressLine(done: number | undefined, visits: number | undefined, elapsed_s: number): string {
  if (done === undefined) return 'Checking the files and planning'
  const percent = `${Math.floor(done * 100)} %`.padStart(5)
  // Before that, the start-up and the first, slow calls would say it takes for ever.
  if (done < 0.05) return `${percent} replayed`
  const rate = visits === undefined ? '' : `, ${rounded((done * visits) / elapsed_s)} visits/s`
  const left = done < 1 ? `, ${duration((elapsed_s * (1 - done)) / done)} left` : ''
  return `${percent} replayed${rate}${left}`
}

/** A time in the unit one would use for it. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  if (seconds < 59.5) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** Three significant digits: more would flicker. */
function rounded(visits: number): string {
  return count(Number(visits.toPrecision(3)))
}

/** Shows a line of progress on a stream until it is stopped. */
export class ProgressDisplay {
  readonly #stream: NodeJS.WriteStream
  readonly #line: () => string
  #timer: NodeJS.Timeout

  constructor(stream: NodeJS.WriteStream, line: () => string) {
    this.#stream = stream
    this.#line = line
    this.#timer = stream.isTTY ? setInterval(() => this.#show(), LIVE_INTERVAL_MS) : this.#showIn(PLAIN_INTERVAL_MS.first)
  }

  /** Ends the display; a live line goes. */
  stop(): void {
    clearInterval(this.#timer)
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[K')
  }

  #showIn(interval_ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#show()
      this.#timer = this.#showIn(Math.min(2 * interval_ms, PLAIN_INTERVAL_MS.last))
    }, interval_ms)
  }

  #show(): void {
    const line = this.#line()
    this.#stream.write(this.#stream.isTTY ? `\r${line.slice(0, (this.#stream.columns || 80) - 1)}\x1b[K` : `${line}\n`)
  }
}

/** Says something on the standard error, in place of a live line. */
export function note(message: string): void {
  process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${message}\n`)
}

/** Follows a run to its end. */
export type Follows = (tracker: Tracker) => Promise<Ending>

/** Follows a run to its end and shows how far it is meanwhile. */
export async function show(quiet: boolean, follows: Follows): Promise<Ending> {
  const tracker = new Tracker()
  const started_ms = Date.now()
  let before: number | undefined
  const line = () => {
    if (tracker.rounds > 0) return `Fitting: evaluation ${tracker.rounds}`
    // What was done before anybody looked says nothing of how fast it is.
    before ??= tracker.done
    const elapsed_s = (Date.now() - started_ms) / 1000
    const share = tracker.done === undefined || before === undefined ? 0 : (tracker.done - before) / tracker.done
    return progressLine(tracker.done, undefined, share > 0 ? elapsed_s / share : elapsed_s)
  }
  const display = quiet ? undefined : new ProgressDisplay(process.stderr, line)
  return follows(tracker).finally(() => display?.stop())
}
