// A choice model of the user's own: a command that is given the rows of a chunk as CSV on its standard input, and prints the
// probability of each as a number on a line of its own. It runs once for each chunk, before the chunk is replayed.

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Environment } from '../environment/environment.ts'
import { wrong } from '../errors.ts'
import type { Call } from '../local/protocol.ts'
import { writeCsv } from '../visits/file.ts'
import { blocks, type Column, oneAtATime, readingHost, type Source } from '../visits/rows.ts'

/** Lines of the command's standard error that a message repeats. */
const LAST_LINES = 10

export interface ModelCommandOptions extends Source {
  at: Environment
  /** As for a shell. */
  command: string
  /** Visits in a chunk. */
  chunk: number
  /** How many commands run at once. */
  workers: number
}

export class ModelCommand {
  /** Rejects when the command failed, or answered what cannot be: an error for the user. */
  readonly failed: Promise<never>
  readonly #options: ModelCommandOptions
  readonly #fail: (error: Error) => void
  readonly #asked = new Map<number, Promise<void>>()
  readonly #lanes: Promise<void>[]
  readonly #children = new Set<ChildProcess>()

  constructor(options: ModelCommandOptions) {
    this.#options = options
    const { promise, reject } = Promise.withResolvers<never>()
    promise.catch(() => {})
    this.failed = promise
    this.#fail = reject
    this.#lanes = Array.from({ length: options.workers }, () => Promise.resolve())
    process.on('exit', this.#killAll)
  }

  /** Before a replay: has the probabilities stored that it is to go by. Does not end where that fails. */
  async before({ component, message }: Call): Promise<void> {
    if (component !== 'replay') return
    const { input } = JSON.parse(new TextDecoder().decode(message)) as { input: { part: string } }
    // `shares-3`, `spread-3`: of chunk 3.
    const chunk = Number(input.part.split('-').at(-1))
    const asked = this.#asked.get(chunk) ?? this.#inLane(chunk)
    this.#asked.set(chunk, asked)
    await asked.catch((error) => {
      this.#fail(error)
      return new Promise(() => {})
    })
  }

  close(): void {
    this.#killAll()
    process.off('exit', this.#killAll)
  }

  /** One after the other in each lane; after a failure nothing more is asked in it. */
  #inLane(chunk: number): Promise<void> {
    const lane = chunk % this.#lanes.length
    const asked = (this.#lanes[lane] ?? Promise.resolve()).then(() => this.#ask(chunk))
    this.#lanes[lane] = asked
    return asked
  }

  async #ask(chunk: number): Promise<void> {
    const { wasm, at, run } = this.#options
    const stored = wasm.exports.runKey(at.name, run, `probabilities/${chunk}`)
    // By the run that is continued.
    if (await at.read(stored)) return
    const answer = await this.#answer(chunk)
    const host = readingHost(at, (key, bytes) => at.write(key, bytes))
    await oneAtATime(() => wasm.exports.storeProbabilities(at.name, run, chunk, answer, host))
  }

  async #answer(chunk: number): Promise<Float64Array> {
    const { command, chunk: visits } = this.#options
    const [first, end] = [chunk * visits, (chunk + 1) * visits]
    // In a group of its own, so that what a shell starts ends with it.
    const child = spawn(command, { shell: true, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#children.add(child)
    const ended = new Promise<string>((resolve) => {
      child.on('error', ({ message }) => resolve(message))
      child.on('close', (code, signal) => resolve(signal ?? (code === 0 ? '' : `exit code ${code}`)))
    })
    const numbers = numbersOf(command, child.stdout)
    let garbled = false
    numbers.catch(() => {
      garbled = child.exitCode === null
      kill(child)
    })
    const last = lastLines(child.stderr)
    try {
      await tell(child.stdin, blocks(this.#options, 'choices', first, end))
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
function failure(message: string): Error {
  return Object.assign(new Error(message), { kind: 'input' })
}

/** The numbers of a CSV with one column; a line of names before them is passed over. */
async function numbersOf(command: string, stdout: Readable): Promise<Float64Array> {
  let numbers = new Float64Array(1 << 16)
  let count = 0
  let lines = 0
  for await (const line of createInterface({ input: stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
    lines += 1
    const value = line.trim() === '' ? Number.NaN : Number(line)
    if (Number.isNaN(value) && lines === 1) continue
    if (Number.isNaN(value)) throw failure(wrong(`${command}, line ${lines}`, line, 'a number, the probability of one row'))
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

async function lastLines(stream: Readable): Promise<string> {
  const lines: string[] = []
  for await (const line of createInterface({ input: stream })) {
    lines.push(`  ${line}`)
    if (lines.length > LAST_LINES) lines.shift()
  }
  return lines.join('\n')
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has gone already.
  }
}
