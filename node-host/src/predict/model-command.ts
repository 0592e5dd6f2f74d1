// A choice model of the user's own: a command that is given the rows of a chunk as CSV on its standard input, and prints the
// probability of each as a number on a line of its own. It runs here, wherever the run is: once for each chunk, whose replays wait
// for what it says.

import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Environment } from '../environment/environment.ts'
import { Refused, wrong } from '../errors.ts'
import { cut } from '../terminal/text.ts'
import { writeCsv } from '../visits/file.ts'
import { blocks, type Column, oneAtATime, readingHost, rowCount, type Source } from '../visits/rows.ts'
import { fullMarkets, parseRecord, type RunRecord } from './run-record.ts'

/** Lines of the command's standard error that a message repeats. */
const LAST_LINES = 10
/** Characters of a line. */
const LINE_MAX = 4096
/** Of these, those that a message repeats. */
const SHOWN_MAX = 60
/** How often it is asked whether the markets are priced, to each time that the ledger would be. */
const LOOKS_PER_POLL = 5

export interface ModelCommandOptions extends Source {
  at: Environment
  /** As for a shell. */
  command: string
  /** How many commands run at once. */
  workers: number
}

/** Where the chunks of a run begin, blocks of its panel after those of simulated visits, and the end. */
function chunkStarts({ scenario: { simulated_visits }, chunk_visits, panel }: RunRecord): number[] {
  const chunks = Math.ceil(simulated_visits / chunk_visits)
  const simulated = Array.from({ length: chunks }, (_, chunk) => chunk * chunk_visits)
  return [...simulated, ...panel.starts.map((start) => simulated_visits + start)]
}

export class ModelCommand {
  readonly #options: ModelCommandOptions
  readonly #children = new Set<ChildProcess>()
  #closed = false

  constructor(options: ModelCommandOptions) {
    this.#options = options
    process.on('exit', this.#killAll)
  }

  /** Supplies the probabilities of all chunks. Fails when the command does, or answers what cannot be: an error for the user. */
  async supply(): Promise<void> {
    const { workers } = this.#options
    const record = await this.#begun()
    if (!record) return
    const starts = chunkStarts(record)
    let next = 0
    const failed: { chunk: number; error: unknown }[] = []
    const lane = async () => {
      while (next < starts.length - 1 && failed.length === 0 && !this.#closed) {
        const chunk = next
        next += 1
        await this.#supplyOne(chunk, starts[chunk] ?? 0, starts[chunk + 1] ?? 0).catch((error) => failed.push({ chunk, error }))
      }
    }
    await Promise.all(Array.from({ length: Math.min(workers, starts.length - 1) }, lane))
    // The same each time, whichever is the first to fail.
    const [first] = failed.sort((a, b) => a.chunk - b.chunk)
    if (first) throw first.error
  }

  close(): void {
    this.#closed = true
    this.#killAll()
    process.off('exit', this.#killAll)
  }

  /** The run's record, once all markets that the rows are of are priced. */
  async #begun(): Promise<RunRecord | undefined> {
    const { wasm, at, run } = this.#options
    const read = (name: string) => at.read(wasm.exports.runKey(at.name, run, name))
    while (!this.#closed) {
      const bytes = await read('plan.json')
      const record = bytes && parseRecord(bytes)
      const priced = record && (await Promise.all(fullMarkets(record).map(read)))
      if (priced && !priced.includes(undefined)) return record
      await sleep(at.poll_ms / LOOKS_PER_POLL)
    }
    return undefined
  }

  async #supplyOne(chunk: number, first: number, end: number): Promise<void> {
    const { wasm, at, run } = this.#options
    // By the run that is continued.
    const stored = await at.read(wasm.exports.runKey(at.name, run, `probabilities/${chunk}`))
    if (!stored) {
      const answer = await this.#answer(first, end)
      const host = readingHost(at, (key, bytes) => at.write(key, bytes))
      await oneAtATime(() => wasm.exports.storeProbabilities(at.name, run, chunk, answer, host))
    }
    if (!this.#closed) await at.launch('supply', { run, part: String(chunk) })
  }

  async #answer(first: number, end: number): Promise<Float64Array> {
    const { command } = this.#options
    // In a group of its own, so that what a shell starts ends with it.
    const child = spawn(command, { shell: true, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#children.add(child)
    const ended = new Promise<string>((resolve) => {
      child.on('error', ({ message }) => resolve(message))
      child.on('close', (code, signal) => resolve(signal ?? (code === 0 ? '' : `exit code ${code}`)))
    })
    let rows = 0
    const numbers = numbersOf(command, child.stdout, () => rows)
    let garbled = false
    numbers.catch(() => {
      garbled = child.exitCode === null
      kill(child)
    })
    const last = lastLines(child.stderr)
    try {
      const told = counted(blocks(this.#options, 'choices', first, end), (count) => {
        rows += count
      })
      await tell(child.stdin, told)
      const why = await ended
      if (why === '' || garbled) return await numbers
      const said = (await last) === '' ? '' : `:\n${await last}`
      throw failure(`--model-command: \`${command}\` ended with ${why} on the rows of the visits from ${first} on${said}`)
    } finally {
      kill(child)
      this.#children.delete(child)
    }
  }

  readonly #killAll = (): void => {
    for (const child of this.#children) kill(child)
  }
}

/** A command that does not want to hear it all says by its exit code, or by its answer, what that means. */
async function tell(stdin: Writable, rows: AsyncIterable<Column[]>): Promise<void> {
  const closed = new Promise<void>((resolve) => stdin.on('close', resolve))
  stdin.on('error', () => {})
  const told = writeCsv(stdin, rows).then(() => stdin.end())
  const unlessBroken = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') throw error
  }
  await Promise.race([told.then(() => {}, unlessBroken), closed])
}

/** An error as components report what is wrong with a file of the user's. */
function failure(message: string): Refused {
  return new Refused({ kind: 'input', message, retry: false })
}

/** The same blocks; before one is handed on, tells how many rows it has. */
async function* counted(rows: AsyncIterable<Column[]>, tell: (count: number) => void): AsyncGenerator<Column[]> {
  for await (const columns of rows) {
    tell(rowCount(columns))
    yield columns
  }
}

/** The numbers of a CSV with one column; its name on a line before them is passed over. No more than there are `rows` by then: a
 * command that goes on printing would never end. */
async function numbersOf(command: string, stdout: Readable, rows: () => number): Promise<Float64Array> {
  let numbers = new Float64Array(1 << 16)
  let count = 0
  let lines = 0
  for await (const line of linesOf(stdout)) {
    lines += 1
    const said = (expected: string) => failure(wrong(`${command}, line ${lines}`, cut(line, SHOWN_MAX), expected))
    const value = line.trim() === '' ? Number.NaN : Number(line)
    if (line.length >= LINE_MAX) throw said('a line that ends, with the probability of one row')
    if (lines === 1 && isHeader(line)) continue
    if (Number.isNaN(value)) throw said('a number, the probability of one row')
    if (count === rows()) throw said(`no more than one number for each of ${count} rows`)
    if (count === numbers.length) {
      const longer = new Float64Array(2 * count)
      longer.set(numbers)
      numbers = longer
    }
    numbers[count] = value
    count += 1
  }
  return numbers.slice(0, count)
}

/** Whether a line is the name of a column, with or without quotes: one, and none of the words for what is no number. */
function isHeader(line: string): boolean {
  const name = /^\s*("?)([\p{L}_][^,;\t"]*)\1\s*$/u.exec(line)?.[2]?.trim()
  return name !== undefined && !NO_NUMBER.test(name)
}

const NO_NUMBER = /^(nan|na|n\/a|null|none|inf|infinity)$/i

async function lastLines(stream: Readable): Promise<string> {
  const lines: string[] = []
  for await (const line of linesOf(stream)) {
    lines.push(`  ${line}`)
    if (lines.length > LAST_LINES) lines.shift()
  }
  return lines.join('\n')
}

/** The lines of a text. One that does not end is cut into such as no line needs to be. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let text = ''
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = `${text}${chunk}`.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) yield line.replace(/\r$/, '')
    if (text.length < LINE_MAX) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}

function kill(child: ChildProcess): void {
  // What a shell that has ended left behind may still be printing.
  const ended = child.exitCode !== null || child.signalCode !== null
  if (child.pid === undefined || (ended && child.stdout?.readableEnded !== false)) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has gone already.
  }
}
