// One run of a question, begun or gone on with, and seen to its end: whoever asks is there to resume what its ledger loses.

import type { Environment } from './environment.ts'
import { type Ending, follow, type Tracker } from './follow.ts'

/** What is asked of an environment. */
export interface Question {
  /** The component that begins it. */
  begins: string
  /** That component's input. */
  input: object
  /** What the input names. The key tells the bytes. */
  files: readonly { key: string; bytes: Uint8Array }[]
}

export interface RunOptions {
  run: string
  question: Question
  /** The key of what is stored of the run first: where that is, it was begun. */
  record: string
  /** Whether it may have been begun before, by a client that was interrupted. */
  found: boolean
  tracker: Tracker
  /** Ends that, not the run. */
  signal?: AbortSignal | undefined
  say(message: string): void
}

/** A ledger that loses a run more often than this with nothing done in between is no ledger. */
const LOSSES_MAX = 8

/** Begins or goes on with a run, and follows it to its end. */
export async function finish(at: Environment, options: RunOptions): Promise<Ending> {
  await begin(at, options)
  return goOn(at, options, true)
}

/** Follows a run to its end. Where its ledger loses it meanwhile, it is resumed, however often as long as something is done. */
export async function goOn(
  at: Environment,
  { run, tracker, signal, say }: Pick<RunOptions, 'run' | 'tracker' | 'signal' | 'say'>,
  launched = false,
): Promise<Ending> {
  let began = !launched
  for (let [first, losses, before] = [launched, 0, tracker.done]; ; first = false) {
    const ending = await follow(at, run, tracker, first, signal)
    if (ending.state !== 'unknown' || signal?.aborted) return ending
    began ||= ending.began
    losses = tracker.done === before ? losses + 1 : 1
    before = tracker.done
    if (!began || losses > LOSSES_MAX) return { ...ending, message: `${at.where} does not know run ${run}` }
    say(`The ledger of ${at.where} has lost the run: resuming it from what is stored`)
    await at.call('resume', { run })
  }
}

async function begin(at: Environment, { run, question, record, found }: RunOptions): Promise<void> {
  const { state } = found ? await at.look(run) : { state: 'unknown' }
  // Waited for, or else the end before would be seen.
  if (state === 'failed' || state === 'cancelled') await at.call('resume', { run })
  if (state !== 'unknown') return
  if (found && (await at.read(record))) {
    await at.launch('resume', { run })
    return
  }
  await storeFiles(at, question.files)
  // Begun twice it is begun once.
  await at.launch(question.begins, { run, ...question.input })
}

/** Stores files: what is there already need not be sent. */
export async function storeFiles(at: Environment, files: Question['files']): Promise<void> {
  const store = async ({ key, bytes }: Question['files'][number]) => {
    if (!(await at.list(key)).includes(key)) await at.write(key, bytes)
  }
  await Promise.all(files.map(store))
}
