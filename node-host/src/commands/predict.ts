// `switchyard predict`: answers a scenario on this machine.

import { availableParallelism } from 'node:os'
import { reason } from '../environment/follow.ts'
import { complaintOf, UsageError, wrong } from '../errors.ts'
import type { RunFolder } from '../files/folder.ts'
import { here } from '../predict/here.ts'
import { type Asked, elsewhere, type Place, Prediction, RunError } from '../predict/prediction.ts'
import type { Report } from '../predict/report.ts'
import { breakdowns, shellLine, wholeNumber } from '../terminal/args.ts'
import { noteText, problemsText } from '../terminal/problems.ts'
import { note, ProgressDisplay } from '../terminal/progress.ts'
import { onSignal } from '../terminal/signal.ts'
import { parseShown } from '../terminal/text.ts'
import { KEPT_VISITS_MAX } from '../visits/limits.ts'
import { goesOn, isElsewhere, onlyHere, openNamed, parseWhere, type Where, whereHelp, whereOf } from './where.ts'

const CHUNK_VISITS = 50_000
/** Rows of long tables: about ninety for each visit. */
const COMMAND_CHUNK_VISITS = 2_000
/** The most that core holds in memory at once. */
const CHUNK_VISITS_MAX = 20_000_000
const WORKERS_MAX = 256

export const help = `usage: switchyard predict SCENARIO [options]

Predicts what a scenario would do to the market: a tariff's share, whom it takes it from, at what price.
SCENARIO is a JSON file, such as examples/undercut.json; the files it names lie beside it. All of them may be compressed (.gz). In the
place of SCENARIO, or of --model's FILE, - is the standard input.

  --visits N    visits to simulate (default: as the scenario says, or 2,000,000)
  --seed N      seed of all random numbers (default: as the scenario says, or 1)
  --chunk N     visits in a chunk (default 50,000), or \`all\` for one chunk, or as few as there can be.
                The result does not depend on it
  --workers N   threads (default: one for each processor). The result does not depend on it
  --model FILE  another choice model than the scenario's, such as one that switchyard fit wrote
  --by DIMENSION[,DIMENSION]
                also tell the shares of each segment of the visits, by one dimension or any two: region, payment, meter, fuel,
                usage, present_supplier, present_tariff, or columns of your own in the visits file. Repeated, several
                breakdowns. Replaces the scenario's; those by region, payment and usage are always made
  --keep-visits[=N]
                also write what each of the first N visits saw and chose, in both markets (default: all, at most 1,000,000):
                DIR/visits.parquet, a row for each, and DIR/long.parquet, a row for each alternative, to fit models with.
                switchyard export writes them again, as CSV too
  --model-command COMMAND
                use a choice model of your own: the command gets the alternatives of a chunk of visits as CSV, and prints a
                probability for each. The model of the scenario then only names the random coefficients; its price sweep and
                its parameter draws are left out. The command has to hold a chunk (default 2,000 visits) in memory. It runs
                on this machine, also with --server or --env
  --out DIR     where the results go (default: runs/RUN). To continue an interrupted run, name its DIR again
  --force       replace what another question left in DIR
${whereHelp('here')}
  --json        print the report as JSON and nothing else; messages go to the standard error
  --quiet       show no progress

Writes DIR/report.json, the prediction, DIR/run.json, how it was made, and DIR/paired, for switchyard compare. Digits may be grouped: 2_000_000.`

interface Options extends Asked {
  /** Who is to do it, if not this machine. */
  where: Where
  json: boolean
  quiet: boolean
  /** The arguments to repeat, all but --out. */
  again: string[]
}

/** Runs the command and gives its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(args)
  const prediction = new Prediction(options, await placeOf(options), note)
  const unhook = onSignal(() => {
    const { folder } = prediction
    folder?.release()
    note(folder ? `Interrupted. ${howToContinue(options, folder)}` : 'Interrupted.')
    if (folder && isElsewhere(options.where)) note(goesOn(options.where, folder.run))
  })
  try {
    const folder = await prediction.prepare()
    if (folder.found === 'same') note(`Continuing the run in ${folder.path}`)
    if (folder.found === 'other') note(`${folder.path} held an unfinished run of another question: beginning anew`)
    const display = options.quiet ? undefined : new ProgressDisplay(process.stderr, () => prediction.progress())
    const report = await prediction.finish().finally(() => display?.stop())
    await prediction.close()
    if (!options.quiet) note(prediction.summary())
    folder.clear()
    await show(report, folder, options)
    for (const found of prediction.notes) note(noteText(found))
    return 0
  } catch (error) {
    await prediction.close()
    return failed(error, prediction.folder, options)
  } finally {
    unhook()
  }
}

async function placeOf(options: Options): Promise<Place> {
  return isElsewhere(options.where)
    ? elsewhere(await openNamed(options.where, options.quiet ? () => {} : note))
    : here(options, note)
}

function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = { visits: text, seed: text, model: text, chunk: text, workers: text, out: text } as const
  const { values, positionals } = parseWhere(
    args,
    {
      ...options,
      by: { type: 'string', multiple: true },
      'keep-visits': text,
      'model-command': text,
      force: flag,
      json: flag,
      quiet: flag,
    },
    { '--keep-visits': /^-?\d/ },
  )
  const [scenario, extra] = positionals
  if (scenario === undefined) throw new UsageError('switchyard predict: expected a scenario file, see switchyard predict --help')
  if (extra !== undefined) throw new UsageError(`switchyard predict: got \`${extra}\` too, expected one scenario file`)
  if (values.out === '' || values.out === '-') throw new UsageError(wrong('--out', values.out, 'a folder to write to'))
  const { out, ...others } = values
  const { workers, 'model-command': modelCommand, 'keep-visits': keep } = values
  const where = whereOf(values)
  onlyHere(where, { workers }, "the threads are not this machine's")
  if (modelCommand?.trim() === '') throw new UsageError('--model-command: empty, expected a command, such as `Rscript my.R`')
  const number = (name: 'visits' | 'seed' | 'chunk' | 'workers' | 'keep-visits', least: number, most: number) => {
    const value = values[name]
    return value === undefined ? undefined : wholeNumber(`--${name}`, value, least, most)
  }
  return {
    ...{ scenario, out, force: values.force ?? false, json: values.json ?? false, quiet: values.quiet ?? false },
    where,
    visits: number('visits', 1, 2 ** 53),
    seed: number('seed', 0, 2 ** 53),
    keepVisits: keep === '' ? KEPT_VISITS_MAX : number('keep-visits', 1, KEPT_VISITS_MAX),
    by: values.by && breakdowns(values.by),
    model: values.model,
    modelCommand,
    chunk: values.chunk === 'all' ? CHUNK_VISITS_MAX : (number('chunk', 1, CHUNK_VISITS_MAX) ?? chunkVisits(modelCommand)),
    workers: number('workers', 1, WORKERS_MAX) ?? Math.min(availableParallelism(), WORKERS_MAX),
    again: [
      scenario,
      ...Object.entries(others).flatMap(([name, value]) =>
        [value].flat().flatMap((value) => [`--${name}`, ...(typeof value === 'string' && value !== '' ? [value] : [])]),
      ),
    ],
  }
}

/** A model command has all rows of a chunk in memory. */
function chunkVisits(modelCommand: string | undefined): number {
  return modelCommand === undefined ? CHUNK_VISITS : COMMAND_CHUNK_VISITS
}

function howToContinue({ again }: Options, { path }: RunFolder): string {
  return `To continue: switchyard predict ${shellLine([...again, '--out', path])}`
}

async function show(report: Uint8Array, folder: RunFolder, { json }: Options): Promise<void> {
  if (json) {
    process.stdout.write(report)
    note(`Report: ${folder.report}`)
    return
  }
  const { render } = await import('../predict/text.ts')
  const parsed = parseShown<Report>(new TextDecoder().decode(report))
  console.log(`${render(parsed)}\n\nReport: ${folder.report}`)
}

function failed(error: unknown, folder: RunFolder | undefined, options: Options): number {
  if (!(error instanceof RunError) || !folder) {
    folder?.release()
    const complaint = complaintOf(error)
    if (!complaint || complaint instanceof UsageError || !folder) throw error
    note(complaint.message)
    note(howToContinue(options, folder))
    return complaint.exitCode
  }
  const { ending } = error
  if (ending.failure?.kind === 'input') {
    folder.discard()
    throw new UsageError(problemsText(ending.failure))
  }
  folder.release()
  note(reason(ending))
  note(howToContinue(options, folder))
  return 1
}
