// One estimation from its question to its result, here or wherever it is asked.

import { randomUUID } from 'node:crypto'
import { Complaint } from '../errors.ts'
import { type Ending, reason } from '../predict/ending.ts'
import { Tracker } from '../predict/progress.ts'
import { follow } from '../remote/follow.ts'
import type { Remote } from '../remote/remote.ts'
import { storeFiles } from '../remote/store.ts'
import { decode } from '../server/watch.ts'
import type { Iteration } from './fit.ts'
import type { FitQuestion } from './question.ts'

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

/** Has the model fitted; `hear` is told of each iteration. */
export async function fit(remote: Remote, { input, files }: FitQuestion, hear: (iteration: Iteration) => void): Promise<Fitted> {
  await storeFiles(remote, files)
  const run = randomUUID()
  const blob = (name: string) => remote.read(`${remote.env}/runs/${run}/${name}`)
  const told: Promise<void>[] = []
  const unsubscribe = await remote.subscribe(run, (_, message) => {
    const { component, part, event } = decode(message) ?? {}
    if (component !== 'step' || event !== 'completed') return
    const tell = async () => {
      const bytes = await blob(`iterations/${part}.json`)
      if (bytes) hear(JSON.parse(new TextDecoder().decode(bytes)) as Iteration)
    }
    // What is missed of the progress is no failure of the fit.
    told.push(tell().catch(() => {}))
  })
  try {
    await remote.call('fit', { run, ...input })
    const ending = await follow(remote, run, { tracker: new Tracker(), launched: true })
    await Promise.all(told)
    return await result(ending, run, blob)
  } finally {
    unsubscribe()
  }
}

async function result(ending: Ending, run: string, blob: (name: string) => Promise<Uint8Array | undefined>): Promise<Fitted> {
  if (ending.state !== 'completed') throw new Complaint(`${reason(ending)} (run ${run})`)
  const [report, model, tastes] = await Promise.all(['report.json', 'model.json', 'tastes.csv'].map(blob))
  if (!report) throw new Error(`run ${run} is completed, but there is no report`)
  return { run, report, model, tastes }
}
