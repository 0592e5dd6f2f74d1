// One estimation from its question to its result, here or wherever it is asked.

import { decode, type Environment } from '../environment/environment.ts'
import { reason, Tracker } from '../environment/follow.ts'
import { finish } from '../environment/run.ts'
import { Complaint, UsageError } from '../errors.ts'
import { problemsText } from '../terminal/problems.ts'
import { loadPackage } from '../wasm.ts'
import type { FitQuestion } from './question.ts'
import type { Iteration } from './result.ts'

/** What a fit leaves: the bytes that its components wrote. */
export interface Fitted {
  run: string
  /** A `Fit`, as JSON. */
  report: Uint8Array
  /** The model as predictions take it; none if they cannot. */
  model: Uint8Array | undefined
  /** CSV of each person's tastes, if it was asked for. */
  tastes: Uint8Array | undefined
}

export interface Listening {
  /** Is told of each iteration. */
  hear(iteration: Iteration): void
  say(message: string): void
}

/** Has the model fitted. */
export async function fit(at: Environment, { input, files }: FitQuestion, { hear, say }: Listening): Promise<Fitted> {
  const wasm = await loadPackage()
  const run = wasm.exports.newRunId()
  const blob = (name: string) => at.read(wasm.exports.runKey(at.name, run, name))
  const told: Promise<void>[] = []
  const unsubscribe = await at.subscribe((_, message) => {
    const { component, part, event } = decode(message) ?? {}
    if (component !== 'step' || event !== 'completed') return
    const tell = async () => {
      const bytes = await blob(`iterations/${part}.json`)
      if (bytes) hear(JSON.parse(new TextDecoder().decode(bytes)) as Iteration)
    }
    // What is missed of the progress is no failure of the fit.
    told.push(tell().catch(() => {}))
  }, run)
  try {
    const question = { begins: 'fit', input, files }
    const record = wasm.exports.runKey(at.name, run, 'fit')
    const ending = await finish(at, { run, question, record, found: false, tracker: new Tracker(), say })
    await Promise.all(told)
    const { state, failure } = ending
    // Of a wrong file its own message says it all.
    if (failure?.kind === 'input') throw new UsageError(problemsText(failure))
    if (state !== 'completed') throw new Complaint(`${reason(ending)} (run ${run})`)
    const [report, model, tastes] = await Promise.all(['report.json', 'model.json', 'tastes.csv'].map(blob))
    if (!report) throw new Error(`run ${run} is completed, but there is no report`)
    return { run, report, model, tastes }
  } finally {
    unsubscribe()
  }
}
