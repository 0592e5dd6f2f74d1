// The folder of a run: DIR/work while it runs, so that it can be continued, then DIR/run.json, DIR/report.json and DIR/paired, which
// other runs are compared with; where visits are kept, also the tables of them, and in DIR/kept what they were made from.

import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileProblem, UsageError, wrong } from '../errors.ts'
import { claim } from './lock.ts'
import { identity } from './output.ts'
import { clearTemporaries, isFolder, makeFolders, writeWhole } from './whole.ts'

/** An unfinished run, as DIR/work/run.json says. */
interface Unfinished {
  run: string
  /** What is asked: the same question gives the same fingerprint, and only then may work be reused. */
  fingerprint: string
}

/** What Switchyard makes in DIR/work. Nothing else is ever removed. */
const OWN = /^(blobs|run\.json|lock|\.switchyard-.*)$/

/** The tables of visits, by their names in core. */
const TABLES = { visits: 'visits.parquet', long: 'long.parquet' }
export type TableName = keyof typeof TABLES

/** Where the blobs lie that a finished run's visits are made from. */
export function keptIn(path: string): string {
  return join(path, 'kept')
}

/** What a finished run keeps for others to be compared with it. */
export function pairedIn(path: string): string {
  return join(path, 'paired')
}

/** The folder of a finished run that somebody names: it, or that of the run in runs/. */
export function finishedFolder(name: string): string | undefined {
  return [name, join('runs', name)].find((folder) => existsSync(join(folder, 'run.json')))
}

/** What is to be done in a folder. */
export interface Wanted {
  /** Of everything that stored work depends on: an unfinished run is gone on with where it is the same. */
  fingerprint: string
  /** Of everything that results depend on: finished ones are replaced without being asked for where it is the same. */
  question: string
  /** How many visits are kept. */
  keepVisits: number
  /** Whether another question's results may be replaced. */
  force: boolean
  /** Files that are read. */
  inputs: readonly string[]
}

/** What the run.json of a finished run says of what lies beside it. */
interface Finished {
  run?: string
  question?: string
  keep_visits?: number
}

export class RunFolder {
  /** As the user would name it. */
  readonly path: string
  /** What was found: nothing, this run begun, or another run that was not finished and is now gone. */
  readonly found: 'nothing' | 'same' | 'other'
  #run: string
  readonly #wanted: Wanted
  readonly #work: string
  /** The outermost folder that was not there before. */
  readonly #made: string | undefined

  /** Claims the folder for this process, continuing the run in it if it is the same question. `run` is used if there is none. */
  constructor(path: string, run: string, wanted: Wanted) {
    this.path = path
    this.#wanted = wanted
    this.#work = join(path, 'work')
    this.#made = attempt(path, () => makeFolders(resolve(path)))
    if (isFolder(this.report)) throw unusable(path, '`report.json` in it is a folder')
    this.#protect(wanted)
    attempt(path, () => makeFolders(this.#work))
    const stranger = readdirSync(this.#work).find((name) => !OWN.test(name))
    if (stranger) throw unusable(path, `\`work/${stranger}\` in it is not Switchyard's`)
    attempt(path, () => this.#lock())
    const unfinished = this.#unfinished()
    if (unfinished?.fingerprint === wanted.fingerprint) {
      this.#run = unfinished.run
      this.found = 'same'
    } else {
      this.#run = run
      this.found = unfinished ? 'other' : 'nothing'
      this.begin(run)
    }
    attempt(path, () => this.#clearTemporaries())
  }

  get run(): string {
    return this.#run
  }

  /** Begins another run in it: of the one before, nothing is stored that it could go on with. */
  begin(run: string): void {
    this.#run = run
    // In this order: what is left after a crash half-way must not pass for the other run's, nor for this one's.
    const record: Unfinished = { run, fingerprint: this.#wanted.fingerprint }
    attempt(this.path, () => {
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

  /** What is kept of the visits; nothing of another run's. */
  keep(): { blobs: string; table(name: TableName): string } {
    this.#forget()
    return { blobs: keptIn(this.path), table: (name) => join(this.path, TABLES[name]) }
  }

  /** Writes the results, the report last: where it is, the run is finished. A system of another version may have nothing `paired`. */
  finish(report: Uint8Array, run: object, paired: Uint8Array | undefined): void {
    const { question, keepVisits } = this.#wanted
    if (keepVisits === 0 && this.#finished()?.keep_visits) this.#forget()
    if (paired) writeWhole(pairedIn(this.path), paired)
    else rmSync(pairedIn(this.path), { force: true })
    writeWhole(join(this.path, 'run.json'), `${JSON.stringify({ ...run, question }, null, 2)}\n`)
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
    for (const path of this.#tables()) rmSync(path, { recursive: true, force: true })
  }

  #tables(): string[] {
    return [keptIn(this.path), ...Object.values(TABLES).map((name) => join(this.path, name))]
  }

  /** Refuses what would destroy something that nobody said may go. */
  #protect({ question, keepVisits, force, inputs }: Wanted): void {
    const written = [join(this.path, 'run.json'), this.report, pairedIn(this.path), ...(keepVisits > 0 ? this.#tables() : [])]
    const read = inputs.find((input) => written.some((path) => identity(path) === identity(input)))
    if (read !== undefined) throw unusable(this.path, `\`${read}\` is read, and would be replaced`)
    if (force) return
    const [finished, there] = [this.#finished(), written.find((path) => existsSync(path))]
    const kept = finished?.keep_visits ?? 0
    const forced = '--force replaces them'
    if (finished?.question === undefined) {
      // What was being kept when a run was interrupted is that run's.
      if (there === undefined || this.#unfinished()) return
      throw unusable(
        this.path,
        `it holds a \`${there.slice(this.path.length + 1)}\`, which is not from a run like this: --force replaces it`,
      )
    }
    if (finished.question !== question) throw unusable(this.path, `it holds the results of another question: ${forced}`)
    if (kept <= keepVisits) return
    const more = `--keep-visits=${kept} makes them again, ${forced}`
    throw unusable(this.path, `it also holds ${kept} kept visits of this question: ${more}`)
  }

  #finished(): Finished | undefined {
    return read<Finished>(join(this.path, 'run.json'))
  }

  #clearTemporaries(): void {
    for (const folder of [this.path, this.#work, this.blobs, keptIn(this.path)]) if (isFolder(folder)) clearTemporaries(folder)
  }

  #unfinished(): Unfinished | undefined {
    return read<Unfinished>(join(this.#work, 'run.json'))
  }

  /** One process at a time. The lock of a process that has gone is nobody's. */
  #lock(): void {
    const path = join(this.#work, 'lock')
    const holder = claim(path)
    if (holder !== undefined)
      throw unusable(this.path, `process ${holder} is at work in it; if that is no switchyard, remove ${path}`)
  }
}

function read<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch {
    return undefined
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
