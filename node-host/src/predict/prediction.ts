// One prediction, from the scenario file to the results in its folder, wherever it is made.

import { hash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { InputNote } from '../../../wasm/pkg/switchyard.js'
import type { Environment } from '../environment/environment.ts'
import { type Ending, Tracker } from '../environment/follow.ts'
import { finish } from '../environment/run.ts'
import { Refused } from '../errors.ts'
import { RunFolder, type Wanted } from '../files/folder.ts'
import { duration, progressLine } from '../terminal/progress.ts'
import { count } from '../terminal/text.ts'
import { version } from '../version.ts'
import { loadPackage, type Wasm } from '../wasm.ts'
import { planFiles, readScenario, type ScenarioFiles, scenarioVisits } from './question.ts'
import type { Report } from './report.ts'

/** What is asked for. */
export interface Asked {
  scenario: string
  /** These three replace what the scenario says. */
  visits?: number | undefined
  seed?: number | undefined
  by?: string[][] | undefined
  chunk: number
  /** Threads here; how many commands run at once. */
  workers: number
  /** How many of the visits to keep, if any. */
  keepVisits?: number | undefined
  /** A model file in the place of the scenario's. */
  model?: string | undefined
  /** Gives the choice probabilities, in place of the scenario's model. */
  modelCommand?: string | undefined
  /** The folder for the results; by default one named after the run. */
  out?: string | undefined
  /** Whether they may replace what another question left there. */
  force?: boolean
}

/** Where a prediction is made, before there is anything to make. */
export interface Place {
  /** What stored work depends on besides the question. */
  identity(wasm: Wasm): readonly unknown[]
  /** The environment that makes it, for the run of a folder. */
  open(wasm: Wasm, folder: RunFolder): Promise<Environment>
  /** What run.json says of how it was made there, once all is done. */
  record(): Promise<Record<string, unknown>>
  close(): Promise<void>
}

/** An environment that is there anyway. */
export function elsewhere(at: Environment): Place {
  return {
    identity: () => [at.where, at.name],
    open: async () => at,
    record: async () => ({ where: at.where }),
    close: () => at.close(),
  }
}

/** The run ended without a report. */
export class RunError extends Error {
  override name = 'RunError'
  readonly ending: Ending

  constructor(ending: Ending) {
    super(ending.message)
    this.ending = ending
  }
}

interface Prepared {
  wasm: Wasm
  question: ScenarioFiles
  folder: RunFolder
}

export class Prediction {
  readonly #asked: Asked
  readonly #place: Place
  readonly #say: (message: string) => void
  readonly #started = new Date()
  readonly #tracker = new Tracker()
  #prepared: Prepared | undefined
  /** What is being written, once the run is completed. */
  #writing: string | undefined
  #summary = 'not finished'
  #notes: InputNote[] = []

  constructor(asked: Asked, place: Place, say: (message: string) => void) {
    this.#asked = asked
    this.#place = place
    this.#say = say
  }

  /** The folder, once it is prepared. */
  get folder(): RunFolder | undefined {
    return this.#prepared?.folder
  }

  /** Reads the files and claims the folder. */
  async prepare(): Promise<RunFolder> {
    const { scenario, model, out } = this.#asked
    const loading = loadPackage()
    const question = await readScenario(loading, scenario, model)
    const wasm = await loading
    const run = wasm.exports.newRunId()
    const folder = new RunFolder(out ?? join('runs', run), run, this.#wanted(question, this.#place.identity(wasm)))
    this.#prepared = { wasm, question, folder }
    return folder
  }

  /** Does the work and writes the results into the folder; gives the report as it was written.
   *
   * @throws RunError if there is none.
   */
  async finish(): Promise<Uint8Array> {
    if (!this.#prepared) throw new Error('a prediction was to be finished that was not prepared')
    const { wasm, folder } = this.#prepared
    const at = await this.#place.open(wasm, folder)
    if (await this.#isUnplanned(at, folder)) folder.begin(wasm.exports.newRunId())
    const { run } = folder
    const ending = await this.#ending(at, this.#prepared)
    if (ending.state !== 'completed') throw new RunError(ending)
    const report = await at.read(wasm.exports.runKey(at.name, run, 'report.json'))
    if (!report) throw new Error(`run ${run} is completed, but ${at.where} has no report`)
    const [notes, paired] = await Promise.all(
      ['notes.json', 'paired'].map((name) => at.read(wasm.exports.runKey(at.name, run, name))),
    )
    // A run that another version began may have none.
    if (notes) this.#notes = JSON.parse(new TextDecoder().decode(notes)) as InputNote[]
    const { visits, seed } = JSON.parse(new TextDecoder().decode(report)) as Report
    const made = await this.#place.record()
    const kept = Math.min(this.#asked.keepVisits ?? 0, visits)
    if (kept > 0) await this.#keep(at, kept)
    const finished = new Date()
    const record = { ...this.#record(at.name, made, finished), visits, seed, keep_visits: kept, notes: this.#notes }
    folder.finish(report, record, paired)
    const wall_s = this.#elapsed_s(finished)
    this.#summary = `${count(visits)} visits in ${duration(wall_s)}, ${count(Math.round(visits / wall_s))} visits/s`
    return report
  }

  /** One line about how far it is. */
  progress(): string {
    if (this.#writing !== undefined) return this.#writing
    const { visits = this.#prepared && scenarioVisits(this.#prepared.question.scenario) } = this.#asked
    return progressLine(this.#tracker.done, visits, this.#elapsed_s(new Date()))
  }

  /** One line about how it went. */
  summary(): string {
    return this.#summary
  }

  /** What is to be noted of its files, once it is finished. */
  get notes(): readonly InputNote[] {
    return this.#notes
  }

  close(): Promise<void> {
    return this.#place.close()
  }

  /** How the run ended, if the model command did not end it by failing. */
  async #ending(at: Environment, prepared: Prepared): Promise<Ending> {
    const { modelCommand: command, workers } = this.#asked
    const givenUp = new AbortController()
    const finishing = this.#run(at, prepared, givenUp.signal)
    if (command === undefined) return finishing
    // Loaded only where it is asked for, like what keeps visits.
    const { ModelCommand } = await import('./model-command.ts')
    const { wasm, folder } = prepared
    const model = new ModelCommand({ wasm, at, run: folder.run, command, workers })
    let failed = false
    const supplied = model.supply().then(
      () => finishing,
      (error: unknown) => {
        failed = true
        // A model command that failed ended the run as a wrong file does: it is the user's.
        if (!(error instanceof Refused) || error.failure.kind !== 'input') throw error
        const { message } = error
        return { state: 'failed', message, began: true, failure: { component: 'replay', kind: 'input', message } } as const
      },
    )
    try {
      return await Promise.race([finishing, supplied])
    } finally {
      model.close()
      if (failed) {
        // Nobody will supply what the run waits for: neither it nor who follows it is to go on.
        givenUp.abort()
        await at.call('cancel', { run: folder.run }).catch(() => {})
      }
    }
  }

  /** Whether the folder's run ended before anything was stored that it could go on with. */
  async #isUnplanned(at: Environment, { found, run }: RunFolder): Promise<boolean> {
    if (found !== 'same' || !this.#prepared) return false
    const { state } = await at.look(run)
    if (state !== 'failed' && state !== 'cancelled') return false
    return (await at.read(this.#prepared.wasm.exports.runKey(at.name, run, 'plan.json'))) === undefined
  }

  #wanted(question: ScenarioFiles, identity: readonly unknown[]): Wanted {
    const { visits = null, seed = null, by = [], chunk, modelCommand, keepVisits = 0, force = false } = this.#asked
    const inputs = [...question.files].map(([name, { key }]) => [name, key])
    const asked = [question.scenario.key, inputs, visits, seed, by, modelCommand === undefined ? [] : scripts(modelCommand)]
    return {
      ...{ fingerprint: digest([...identity, ...asked, chunk]), question: digest(asked), keepVisits, force },
      inputs: [question.scenario, ...question.files.values()].map(({ path }) => path),
    }
  }

  #run(at: Environment, { wasm, question, folder }: Prepared, signal: AbortSignal): Promise<Ending> {
    const { visits, seed, by, chunk, modelCommand: model_command } = this.#asked
    const given = Object.entries({ visits, seed, by, chunk, model_command }).filter(([, value]) => value !== undefined)
    return finish(at, {
      run: folder.run,
      question: {
        begins: 'plan',
        input: { ...planFiles(question), ...Object.fromEntries(given) },
        files: [question.scenario, ...question.files.values()],
      },
      record: wasm.exports.runKey(at.name, folder.run, 'plan.json'),
      found: folder.found === 'same',
      tracker: this.#tracker,
      signal,
      say: this.#say,
    })
  }

  /** Visits are drawn again here, from what is stored there. Loaded only where it is asked for. */
  async #keep(at: Environment, visits: number): Promise<void> {
    if (!this.#prepared) return
    const { wasm, folder } = this.#prepared
    const { keepVisits } = await import('./keep.ts')
    await keepVisits(folder, { wasm, at, run: folder.run }, visits, (what) => {
      this.#writing = what
    })
  }

  #elapsed_s(now: Date): number {
    return (now.getTime() - this.#started.getTime()) / 1000
  }

  /** How the report was made: all that it does not depend on. */
  #record(env: string, made: Record<string, unknown>, finished: Date): Record<string, unknown> {
    const { scenario, model, by, chunk, modelCommand: model_command } = this.#asked
    return {
      ...{ schema: 1, env, run: this.folder?.run, scenario, model, by, chunk, model_command, ...made },
      ...{ started: this.#started.toISOString(), finished: finished.toISOString() },
      wall_seconds: this.#elapsed_s(finished),
      // Whether an interrupted run was continued: then the rest is about the continuation alone.
      continued: this.folder?.found === 'same',
      ...{ switchyard: version(), node: process.version },
    }
  }
}

function digest(value: unknown): string {
  return hash('sha256', JSON.stringify(value))
}

/** A command, and what is in those files that it names: an edited script is another model. */
function scripts(command: string): string[] {
  const words = command.split(/\s+/).filter((word) => statSync(word, { throwIfNoEntry: false })?.isFile())
  return [command, ...words.map((word) => hash('sha256', readFileSync(word)))]
}
