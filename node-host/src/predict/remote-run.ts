// One prediction that is made elsewhere, by a development server or on AWS: its results come into a folder here.

import { hash } from 'node:crypto'
import { join } from 'node:path'
import { loadPackage } from '../local/module.ts'
import { follow } from '../remote/follow.ts'
import type { Event, Remote } from '../remote/remote.ts'
import { storeQuestion } from '../remote/store.ts'
import type { Report } from '../report.ts'
import { version } from '../version.ts'
import type { Ending } from './ending.ts'
import { RunFolder } from './folder.ts'
import { type Asked, type Prediction, RunError, summaryOf } from './prediction.ts'
import { progressLine, Tracker } from './progress.ts'
import { planInput, type Question, readQuestion, scenarioVisits } from './question.ts'

type Wasm = Awaited<ReturnType<typeof loadPackage>>

/** A ledger that loses a run more often than this is no ledger. */
const LOSSES_MAX = 8

export class RemoteRun implements Prediction {
  readonly #asked: Asked
  readonly #remote: Remote
  readonly #say: (message: string) => void
  readonly #started = new Date()
  readonly #tracker = new Tracker()
  #prepared: { wasm: Wasm; question: Question; folder: RunFolder } | undefined
  /** What is being written, once the run is completed. */
  #writing: string | undefined
  #summary = 'not finished'

  constructor(asked: Asked, remote: Remote, say: (message: string) => void) {
    this.#asked = asked
    this.#remote = remote
    this.#say = say
  }

  get folder(): RunFolder | undefined {
    return this.#prepared?.folder
  }

  async prepare(): Promise<RunFolder> {
    const { wasm, question } = await readQuestion(loadPackage(), this.#asked.scenario, this.#asked.model)
    const run = wasm.exports.newRunId()
    const folder = new RunFolder(this.#asked.out ?? join('runs', run), run, this.#fingerprint(question))
    this.#prepared = { wasm, question, folder }
    return folder
  }

  async finish(): Promise<Uint8Array> {
    if (!this.#prepared) throw new Error('a prediction was to be finished that was not prepared')
    const { wasm, question, folder } = this.#prepared
    const remote = this.#remote
    await this.#begin(wasm, question, folder)
    const ending = await this.#follow(folder.run)
    if (ending.state !== 'completed') throw new RunError(ending)
    const report = await remote.read(wasm.exports.reportKey(remote.env, folder.run))
    if (!report) throw new Error(`run ${folder.run} is completed, but ${remote.where} has no report`)
    const { visits, seed } = JSON.parse(new TextDecoder().decode(report)) as Report
    const kept = Math.min(this.#asked.keepVisits ?? 0, visits)
    await this.#keep(wasm, folder, kept)
    const finished = new Date()
    folder.finish(report, { ...this.#record(folder, finished), visits, seed, keep_visits: kept }, kept > 0)
    this.#summary = summaryOf(visits, this.#elapsed_s(finished))
    return report
  }

  progress(): string {
    if (this.#writing !== undefined) return this.#writing
    const { visits = this.#prepared && scenarioVisits(this.#prepared.question.scenario) } = this.#asked
    return progressLine(this.#tracker.done, visits, this.#elapsed_s(new Date()))
  }

  summary(): string {
    return this.#summary
  }

  async close(): Promise<void> {
    await this.#remote.close()
  }

  /** Has it planned, or goes on with what was begun. */
  async #begin({ exports }: Wasm, question: Question, { run, found }: RunFolder): Promise<void> {
    const remote = this.#remote
    const { state } = found === 'same' ? await remote.look(run) : { state: 'unknown' }
    if (state === 'failed' || state === 'cancelled') await remote.call('resume', { run })
    if (state !== 'unknown') return
    await storeQuestion(remote, question)
    const message = exports.firstMessage(run, run, 'command-line', remote.env, undefined, planInput(question, this.#asked))
    // Planned twice it is planned once.
    await remote.launch('plan', JSON.parse(new TextDecoder().decode(message)) as Event)
  }

  /** Follows the run to its end. What the ledger loses is resumed: who started it is there to see to that. */
  async #follow(run: string): Promise<Ending> {
    const remote = this.#remote
    for (let losses = 0; ; losses += 1) {
      const ending = await follow(remote, run, { tracker: this.#tracker, launched: losses === 0 })
      if (ending.state !== 'unknown') return ending
      const message = `${remote.where} does not know run ${run}`
      if (!ending.began || losses === LOSSES_MAX) return { ...ending, message }
      this.#say(`The ledger of ${remote.where} has lost the run: resuming it from what is stored`)
      await remote.call('resume', { run })
    }
  }

  /** Its visits are drawn again here, from what is stored there. */
  async #keep(wasm: Wasm, folder: RunFolder, visits: number): Promise<void> {
    if (visits === 0) return
    const { keepVisits } = await import('../visits/keep.ts')
    const remote = this.#remote
    const { env } = remote
    const stored = { wasm, env, run: folder.run, read: remote.read.bind(remote), list: remote.list.bind(remote) }
    await keepVisits(folder, stored, visits, (what) => {
      this.#writing = what
    })
  }

  #elapsed_s(now: Date): number {
    return (now.getTime() - this.#started.getTime()) / 1000
  }

  #record({ run, found }: RunFolder, finished: Date): Record<string, unknown> {
    const { scenario, model, chunk } = this.#asked
    return {
      ...{ schema: 1, run, scenario, model, chunk, where: this.#remote.where, env: this.#remote.env },
      ...{ started: this.#started.toISOString(), finished: finished.toISOString() },
      wall_seconds: this.#elapsed_s(finished),
      continued: found === 'same',
      ...{ switchyard: version(), node: process.version },
    }
  }

  /** Of the question, and whom it is asked. */
  #fingerprint({ scenario, files }: Question): string {
    const { visits = null, seed = null, chunk } = this.#asked
    const inputs = [...files].map(([name, { key }]) => [name, key])
    const { where, env } = this.#remote
    return hash('sha256', JSON.stringify([where, env, scenario.key, inputs, visits, seed, chunk]))
  }
}
