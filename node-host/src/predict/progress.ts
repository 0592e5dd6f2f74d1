// How far a prediction is, from what its components announce: a live line on a terminal, a plain one every two seconds elsewhere.

import { count } from './text.ts'

const LIVE_INTERVAL_MS = 100
const PLAIN_INTERVAL_MS = 2000

/** How far a run is, as far as anybody said. What arrives late or twice takes nothing back. */
export class Tracker {
  #done = 0
  #of = 0

  /** Of an announcement or a snapshot of the run. */
  hear({ done, of }: { done: number; of: number }): void {
    this.#done = Math.max(this.#done, done)
    this.#of = Math.max(this.#of, of)
  }

  /** The done fraction of all work; undefined until the plan is made. */
  get done(): number | undefined {
    return this.#of === 0 ? undefined : this.#done / this.#of
  }
}

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

/** Shows a tracker's progress on a stream until it is stopped. */
export class ProgressDisplay {
  readonly #stream: NodeJS.WriteStream
  readonly #line: () => string
  readonly #timer: NodeJS.Timeout

  constructor(stream: NodeJS.WriteStream, line: () => string) {
    this.#stream = stream
    this.#line = line
    this.#timer = setInterval(() => this.#show(), stream.isTTY ? LIVE_INTERVAL_MS : PLAIN_INTERVAL_MS)
  }

  /** Ends the display; a live line goes. */
  stop(): void {
    clearInterval(this.#timer)
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[K')
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
