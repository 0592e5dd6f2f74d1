// One prediction on this machine, from the scenario file to the results in its folder.

import { hash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { loadPackage } from '../local/module.ts'
import type { Call } from '../local/protocol.ts'
import { IN_FLIGHT_PER_WORKER, LocalSystem, RETRY_SCALE, type Wasm } from '../local/system.ts'
import type { Report } from '../report.ts'
import type { Snapshot } from '../server/interface.ts'
import type { Names } from '../server/names.ts'
import { watch } from '../server/watch.ts'
import { version } from '../version.ts'
import type { Listed } from '../visits/keep.ts'
import type { ModelCommand } from '../visits/model-command.ts'
import { type Ending, followed } from './ending.ts'
import { RunFolder } from './folder.ts'
import { type Asked, type Prediction, RunError, summaryOf } from './prediction.ts'
import { progressLine, Tracker } from './progress.ts'
import { planInput, type Question, readQuestion, scenarioVisits } from './question.ts'

/** What is asked for. */
export interface AskedHere extends Asked {
  workers: number
}

/** What one machine's runs belong to, as components see it. */
const ENV = 'local'
const NAMES: Names = { prefix: 'switchyard-', region: 'eu-west-2', aliases: [ENV.toUpperCase()] }
const POLL_MS = 250

export class PredictionRun implements Prediction {
  readonly #asked: AskedHere
  readonly #started = new Date()
  readonly #system: LocalSystem
  readonly #tracker = new Tracker()
  #prepared: { wasm: Wasm; question: Question; folder: RunFolder } | undefined
  #model: ModelCommand | undefined
  /** What is being written, once the run is completed. */
  #writing: string | undefined
  #summary = 'not finished'

  /** Starts a thread at once, since it takes as long to start as everything else takes until it is needed. */
  constructor(asked: AskedHere, warn: (message: string) => void) {
    this.#asked = asked
    // What components log of their failures is told at the end, by the one that ended the run.
    const log = (level: string, message: string) => level === 'WARN' && warn(message)
    const { workers } = asked
    const before = async (call: Call) => this.#model?.before(call)
    this.#system = new LocalSystem({
      workers,
      names: NAMES,
      inFlight: workers * IN_FLIGHT_PER_WORKER,
      scale: RETRY_SCALE,
      before,
      log,
    })
  }

  /** The folder, once it is prepared. */
  get folder(): RunFolder | undefined {
    return this.#prepared?.folder
  }

  /** Reads the files and claims the folder. */
  async prepare(): Promise<RunFolder> {
    const { wasm, question } = await readQuestion(loadPackage(), this.#asked.scenario, this.#asked.model)
    const run = wasm.exports.newRunId()
    const folder = new RunFolder(this.#asked.out ?? join('runs', run), run, fingerprint(wasm, question, this.#asked))
    this.#prepared = { wasm, question, folder }
    return folder
  }

  /** Does the work and writes the results into the folder; gives the report as it was written.
   *
   * @throws RunError if there is none.
   */
  async finish(): Promise<Uint8Array> {
    if (!this.#prepared) throw new Error('a prediction was to be finished that was not prepared')
    const { wasm, question, folder } = this.#prepared
    const { run } = folder
    const system = this.#system
    system.start({ wasm, folder: folder.blobs })
    const stored: Listed = {
      ...{ wasm, env: ENV, run },
      read: (key) => system.read(ENV, key),
      list: (prefix) => system.list(ENV, prefix),
    }
    await this.#openModel(stored)
    for (const { key, bytes } of [question.scenario, ...question.files.values()]) await system.write(ENV, key, bytes)
    const key = wasm.exports.reportKey(ENV, run)
    // The ledger is new; what is stored tells how far an interrupted run is.
    const planned = await system.read(ENV, key.replace(/[^/]+$/, 'plan.json'))
    const [component, input] = planned ? ['resume', {}] : ['plan', planInput(question, this.#asked)]
    const message = wasm.exports.firstMessage(run, run, 'command-line', ENV, undefined, input)
    system.launch({ env: ENV, component, message, requestId: run })
    const options = { look: () => this.#look(run), signal: new AbortController().signal, poll_ms: POLL_MS }
    const following = followed(watch(system, ENV, run, options), this.#tracker)
    const ending = await (this.#model ? Promise.race([following, this.#model.failed.catch(unanswered)]) : following)
    if (ending.state !== 'completed') throw new RunError(ending)
    const report = await system.read(ENV, key)
    if (!report) throw new Error(`run ${run} is completed, but there is no report`)
    await system.idle()
    const { visits, seed } = JSON.parse(new TextDecoder().decode(report)) as Report
    const kept = Math.min(this.#asked.keepVisits ?? 0, visits)
    await this.#keep(folder, stored, kept)
    const finished = new Date()
    folder.finish(report, { ...this.#record(folder, finished), visits, seed, keep_visits: kept }, kept > 0)
    this.#summary = summaryOf(visits, this.#elapsed_s(finished))
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

  /** Ends the threads, whatever they are at. */
  async close(): Promise<void> {
    this.#model?.close()
    await this.#system.close()
  }

  /** Loaded only where it is asked for, like what keeps visits. */
  async #openModel(stored: Listed): Promise<void> {
    const { modelCommand: command, chunk, workers } = this.#asked
    if (command === undefined) return
    const { ModelCommand } = await import('../visits/model-command.ts')
    const write = (key: string, bytes: Uint8Array) => this.#system.write(ENV, key, bytes)
    this.#model = new ModelCommand({ ...stored, command, chunk, workers, write })
  }

  async #keep(folder: RunFolder, stored: Listed, visits: number): Promise<void> {
    if (visits === 0) return
    const { keepVisits } = await import('../visits/keep.ts')
    await keepVisits(folder, stored, visits, (what) => {
      this.#writing = what
    })
  }

  #elapsed_s(now: Date): number {
    return (now.getTime() - this.#started.getTime()) / 1000
  }

  /** How the run stands. Where nothing is under way any more, it will not go on. */
  async #look(run: string): Promise<Snapshot> {
    const { pending } = this.#system.deliveries
    const snapshot = await this.#system.look(ENV, run)
    if (snapshot.state !== 'running' && snapshot.state !== 'unknown') return snapshot
    if (pending > 0) return { ...snapshot, state: 'running' }
    const last = this.#system.lastFailure
    const message = last ? `the last failure: ${last.component}: ${last.failure.message}` : 'nothing is left to be delivered'
    return { ...snapshot, state: 'failed', message }
  }

  /** How the report was made: all that it does not depend on. */
  #record({ run, found }: RunFolder, finished: Date): Record<string, unknown> {
    const { scenario, model, chunk, workers, modelCommand: model_command } = this.#asked
    return {
      ...{ schema: 1, env: ENV, run, scenario, model, chunk, workers, model_command },
      ...{ started: this.#started.toISOString(), finished: finished.toISOString() },
      wall_seconds: this.#elapsed_s(finished),
      // Of the process with all its threads; Node gives it in units of 1024 bytes.
      peak_rss_mb: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6),
      // Whether an interrupted run was continued: then the rest is about the continuation alone.
      continued: found === 'same',
      workers_replaced: this.#system.pool.replaced,
      components: this.#system.stats.rounded(),
      ...{ switchyard: version(), node: process.version },
    }
  }
}

/** A model command that failed ended the run as a wrong file does: it is the user's. */
function unanswered({ message }: Error): Ending {
  return { state: 'failed', message, began: true, failure: { component: 'replay', kind: 'input', message } }
}

/** Of everything that stored work depends on. */
function fingerprint({ bytes }: Wasm, { scenario, files }: Question, { visits, seed, chunk, modelCommand }: Asked): string {
  const inputs = [...files].map(([name, { key }]) => [name, key])
  const asked = [visits ?? null, seed ?? null, chunk, ...(modelCommand === undefined ? [] : scripts(modelCommand))]
  return hash('sha256', JSON.stringify([hash('sha256', bytes), scenario.key, inputs, ...asked]))
}

/** A command, and what is in those files that it names: an edited script is another model. */
function scripts(command: string): string[] {
  const words = command.split(/\s+/).filter((word) => statSync(word, { throwIfNoEntry: false })?.isFile())
  return [command, ...words.map((word) => hash('sha256', readFileSync(word)))]
}
