// The folder of a run: DIR/work while it runs, so that it can be continued, then DIR/run.json and DIR/report.json; where visits
// are kept, also the tables of them, and in DIR/kept what they were made from.

import { linkSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileProblem, UsageError, wrong } from '../errors.ts'
import { isFolder, makeFolders, writeWhole } from './whole.ts'

/** An unfinished run, as DIR/work/run.json says. */
interface Unfinished {
  run: string
  /** What is asked: the same question gives the same fingerprint, and only then may work be reused. */
  fingerprint: string
}

/** What Switchyard makes in DIR/work. Nothing else is ever removed. */
const OWN = /^(blobs|run\.json|lock|\.tmp-.*)$/

/** The tables of visits, by their names in core. */
const TABLES = { visits: 'visits.parquet', long: 'long.parquet' }
export type TableName = keyof typeof TABLES

/** Where the blobs lie that a finished run's visits are made from. */
export function keptIn(path: string): string {
  return join(path, 'kept')
}

export class RunFolder {
  /** As the user would name it. */
  readonly path: string
  readonly run: string
  /** What was found: nothing, this run begun, or another run that was not finished and is now gone. */
  readonly found: 'nothing' | 'same' | 'other'
  readonly #work: string
  /** The outermost folder that was not there before. */
  readonly #made: string | undefined

  /** Claims the folder for this process, continuing the run in it if it is the same question. `run` is used if there is none. */
  constructor(path: string, run: string, fingerprint: string) {
    this.path = path
    this.#work = join(path, 'work')
    this.#made = attempt(path, () => makeFolders(resolve(path)))
    if (isFolder(join(path, 'report.json'))) throw unusable(path, '`report.json` in it is a folder')
    attempt(path, () => makeFolders(this.#work))
    const stranger = readdirSync(this.#work).find((name) => !OWN.test(name))
    if (stranger) throw unusable(path, `\`work/${stranger}\` in it is not Switchyard's`)
    attempt(path, () => this.#lock())
    const unfinished = this.#unfinished()
    if (unfinished?.fingerprint === fingerprint) {
      this.run = unfinished.run
      this.found = 'same'
      return
    }
    this.run = run
    this.found = unfinished ? 'other' : 'nothing'
    // In this order: what is left after a crash half-way must not pass for the other run's, nor for this one's.
    const record: Unfinished = { run, fingerprint }
    attempt(path, () => {
      rmSync(join(this.#work, 'run.json'), { force: true })
      rmSync(this.blobs, { recursive: true, force: true })
      writeWhole(join(this.#work, 'run.json'), `${JSON.stringify(record)}\n`, { flush: false })
    })
  }

  /** Where the run's blobs lie. */
  get blobs(): string {
    return join(this.#work, 'blobs')
  }

  get report(): string {
    return join(this.path, 'report.json')
  }

  /** Where a file is until it is whole. */
  get temporary(): string {
    return join(this.#work, `.tmp-${process.pid}`)
  }

  /** What is kept of the visits; nothing of another run's. */
  keep(): { blobs: string; table(name: TableName): string } {
    this.#forget()
    return { blobs: keptIn(this.path), table: (name) => join(this.path, TABLES[name]) }
  }

  /** Writes the results, the report last: where it is, the run is finished. */
  finish(report: Uint8Array, run: unknown, kept = false): void {
    if (!kept) this.#forget()
    writeWhole(join(this.path, 'run.json'), `${JSON.stringify(run, null, 2)}\n`)
    writeWhole(this.report, report)
  }

  /** Leaves the folder to be continued. */
  release(): void {
    rmSync(join(this.#work, 'lock'), { force: true })
  }

  /** Removes DIR/work. */
  clear(): void {
    for (const name of readdirSync(this.#work)) {
      if (OWN.test(name)) rmSync(join(this.#work, name), { recursive: true, force: true })
    }
    removeIfEmpty(this.#work)
  }

  /** Removes DIR/work and, where they hold nothing else, the folders that were made for it. */
  discard(): void {
    this.clear()
    if (this.#made === undefined) return
    const last = dirname(resolve(this.#made))
    for (let folder = resolve(this.path); folder !== last; folder = dirname(folder)) {
      if (!removeIfEmpty(folder)) return
    }
  }

  #forget(): void {
    for (const path of [keptIn(this.path), ...Object.values(TABLES).map((name) => join(this.path, name))]) {
      rmSync(path, { recursive: true, force: true })
    }
  }

  #unfinished(): Unfinished | undefined {
    try {
      return JSON.parse(readFileSync(join(this.#work, 'run.json'), 'utf8')) as Unfinished
    } catch {
      return undefined
    }
  }

  /** One process at a time. The lock of a process that has gone is nobody's. */
  #lock(): void {
    const path = join(this.#work, 'lock')
    while (!linked(path, String(process.pid))) {
      const holder = Number(readFileSync(path, 'utf8'))
      if (isRunning(holder)) {
        throw unusable(this.path, `process ${holder} is at work in it; if that is no switchyard, remove ${path}`)
      }
      rmSync(path, { force: true })
    }
  }
}

/** Makes a file with its text at once, unless there is one already. */
function linked(path: string, text: string): boolean {
  const temporary = join(dirname(path), `.tmp-${process.pid}`)
  writeFileSync(temporary, text)
  try {
    linkSync(temporary, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    rmSync(temporary, { force: true })
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw unusable(path, fileProblem(error))
  }
}

function unusable(path: string, problem: string): UsageError {
  return new UsageError(wrong('--out', path, `a folder to write to (${problem})`))
}

function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch {
    return false
  }
}

function isRunning(pid: number): boolean {
  try {
    return pid > 0 && pid !== process.pid && process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
