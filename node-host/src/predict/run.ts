// One prediction on this machine, from the scenario file to the results in its folder.

import { hash } from 'node:crypto'
import { join } from 'node:path'
import type { Announcement, SwitchyardError } from '../../../wasm/pkg/switchyard.js'
import { UsageError } from '../errors.ts'
import { Blobs } from '../local/blobs.ts'
import { Bus } from '../local/bus.ts'
import type { Job } from '../local/job.ts'
import { Ledger } from '../local/ledger.ts'
import { loadPackage } from '../local/module.ts'
import { Pool } from '../local/pool.ts'
import type { Report } from '../report.ts'
import { version } from '../version.ts'
import { RunFolder } from './folder.ts'
import { duration, progressLine, Tracker } from './progress.ts'
import { type InputBytes, planFiles, type Question, readFiles, readScenario, scenarioVisits } from './question.ts'
import { count } from './text.ts'

/** What is asked for. */
export interface Asked {
  scenario: string
  /** These two replace what the scenario says. */
  visits?: number | undefined
  seed?: number | undefined
  chunk: number
  workers: number
  /** The folder for the results; by default one named after the run. */
  out?: string | undefined
}

type Wasm = Awaited<ReturnType<typeof loadPackage>>

/** What one machine's runs belong to, as components see it. */
const ENV = 'local'

export class PredictionRun {
  readonly #asked: Asked
  readonly #started = new Date()
  readonly #bus = new Bus()
  readonly #pool: Pool
  #prepared: { wasm: Wasm; question: Question; folder: RunFolder } | undefined
  #tracker: Tracker | undefined
  #summary = 'not finished'

  /** Starts a thread at once, since it takes as long to start as everything else takes until it is needed. */
  constructor(asked: Asked, warn: (message: string) => void) {
    this.#asked = asked
    const log = (level: string, message: string) => level === 'WARN' && warn(message)
    this.#pool = new Pool({ workers: asked.workers, ledger: new Ledger(), bus: this.#bus, log })
  }

  /** The folder, once it is prepared. */
  get folder(): RunFolder | undefined {
    return this.#prepared?.folder
  }

  /** Reads the files and claims the folder. */
  async prepare(): Promise<RunFolder> {
    const [wasm, scenario] = await Promise.all([loadPackage(), readScenario(this.#asked.scenario)])
    const question = await readFiles(scenario, namedFiles(wasm, scenario))
    const run = wasm.exports.newRunId()
    const folder = new RunFolder(this.#asked.out ?? join('runs', run), run, fingerprint(wasm, question, this.#asked))
    this.#prepared = { wasm, question, folder }
    return folder
  }

  /** Does the work and writes the results into the folder; gives the report as it was written. */
  async finish(): Promise<Uint8Array> {
    if (!this.#prepared) throw new Error('a prediction was to be finished that was not prepared')
    const { wasm, question, folder } = this.#prepared
    const blobs = new Blobs(folder.blobs)
    for (const { key, bytes } of [question.scenario, ...question.files.values()]) blobs.write(key, bytes)
    const tracker = new Tracker(folder.run)
    this.#tracker = tracker
    const decoder = new TextDecoder()
    this.#bus.subscribe(`switchyard:${ENV}:*`, (_, message) => {
      tracker.hear(JSON.parse(decoder.decode(message)) as Announcement)
    })
    this.#pool.start({ module: wasm.module, folder: folder.blobs })
    const job = this.#pool.run('plan', this.#message(wasm, question, folder))
    await job.settled
    const report = blobs.read(wasm.exports.reportKey(ENV, folder.run))
    if (!report) throw new Error(`all components of run ${folder.run} are done, but there is no report`)
    const finished = new Date()
    const { visits, seed } = JSON.parse(decoder.decode(report)) as Report
    folder.finish(report, { ...this.#record(folder, job, finished), visits, seed })
    const wall_s = this.#elapsed_s(finished)
    this.#summary = `${count(visits)} visits in ${duration(wall_s)}, ${count(Math.round(visits / wall_s))} visits/s`
    return report
  }

  /** One line about how far it is. */
  progress(): string {
    const { visits = this.#prepared && scenarioVisits(this.#prepared.question.scenario) } = this.#asked
    return progressLine(this.#tracker?.done, visits, this.#elapsed_s(new Date()))
  }

  /** One line about how it went. */
  summary(): string {
    return this.#summary
  }

  /** Ends the threads, whatever they are at. */
  async close(): Promise<void> {
    await this.#pool.close()
  }

  #elapsed_s(now: Date): number {
    return (now.getTime() - this.#started.getTime()) / 1000
  }

  #message({ exports }: Wasm, question: Question, { run }: RunFolder): Uint8Array {
    const { visits, seed, chunk } = this.#asked
    const given = (name: string, value: number | undefined) => (value === undefined ? {} : { [name]: value })
    const input = { ...planFiles(question), ...given('visits', visits), ...given('seed', seed), ...given('chunk', chunk) }
    return exports.planMessage(run, run, 'command-line', ENV, input)
  }

  /** How the report was made: all that it does not depend on. */
  #record({ run, found }: RunFolder, job: Job, finished: Date): Record<string, unknown> {
    const { scenario, chunk, workers } = this.#asked
    const tenths = (value: number) => Math.round(value * 10) / 10
    const costs = Object.entries(job.stats).map(([component, { calls, retries, total_ms, max_ms }]) => {
      return [component, { calls, retries, total_ms: tenths(total_ms), max_ms: tenths(max_ms) }]
    })
    return {
      ...{ schema: 1, run, scenario, chunk, workers },
      ...{ started: this.#started.toISOString(), finished: finished.toISOString() },
      wall_seconds: this.#elapsed_s(finished),
      // Of the process with all its threads; Node gives it in units of 1024 bytes.
      peak_rss_mb: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6),
      // Whether an interrupted run was continued: then the rest is about the continuation alone.
      continued: found === 'same',
      workers_replaced: this.#pool.replaced,
      components: Object.fromEntries(costs),
      ...{ switchyard: version(), node: process.version },
    }
  }
}

function namedFiles({ exports }: Wasm, { path, bytes }: InputBytes): string[] {
  try {
    return exports.scenarioFiles(path, bytes)
  } catch (error) {
    const { kind, message } = error as SwitchyardError
    throw kind === 'input' ? new UsageError(message) : error
  }
}

/** Of everything that stored work depends on. */
function fingerprint({ bytes }: Wasm, { scenario, files }: Question, { visits, seed, chunk }: Asked): string {
  const inputs = [...files].map(([name, { key }]) => [name, key])
  const all = JSON.stringify([hash('sha256', bytes), scenario.key, inputs, visits ?? null, seed ?? null, chunk])
  return hash('sha256', all)
}
