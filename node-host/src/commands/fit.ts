// `switchyard fit`: estimates a choice model from observed choices.

import { availableParallelism } from 'node:os'
import type { FitInput } from '../../../wasm/pkg/switchyard.js'
import type { Environment } from '../environment/environment.ts'
import { complaintOf, UsageError, wrong } from '../errors.ts'
import { place, readInput } from '../files/input.ts'
import { checkOutputs, writeOutput } from '../files/output.ts'
import { passingFolder } from '../files/passing.ts'
import { type FitQuestion, type Sought, specOf, visitsData } from '../fit/question.ts'
import type { Fit, Iteration } from '../fit/result.ts'
import { type Fitted, fit } from '../fit/run.ts'
import { fitTable, iterationLine, verdict } from '../fit/text.ts'
import { list, wholeNumber } from '../terminal/args.ts'
import { noteText } from '../terminal/problems.ts'
import { note, ProgressDisplay } from '../terminal/progress.ts'
import { onSignal } from '../terminal/signal.ts'
import { parseShown } from '../terminal/text.ts'
import { about, isElsewhere, onlyHere, openNamed, parseWhere, type Where, whereHelp, whereOf } from './where.ts'

const WORKERS_MAX = 256
const CHUNKS_ELSEWHERE = 8
const DRAWS_MAX = 100_000

export const help = `usage: switchyard fit VISITS.csv[.gz] --market FILE --spec FILE [options]
       switchyard fit --long FILE.csv[.gz] --choice COLUMN --id COLUMN --alt COLUMN --vars A,B,… [options]

Files may be compressed (.gz); - in the place of one is the standard input.

Estimates a choice model, a conditional or a mixed logit, from observed choices: from visits, each with the tariff that was chosen or
none, whose result tables are made again; or from any choices in long format, a row for each alternative of each choice.

  --market FILE     JSON that names the tariffs and rates that the visits saw, such as a scenario (its edits are not applied)
  --spec FILE       what to estimate, in JSON: see docs/fit.md and examples/spec.json
  --out FILE        write the model, with its covariance, for predictions to use; none if the fit does not converge

For long format:
  --choice COLUMN   1 or TRUE where the alternative was chosen, else 0 or FALSE
  --id COLUMN       which choice the row belongs to
  --panel COLUMN    which person made it, if people choose more than once
  --alt COLUMN      which alternative it is
  --weight COLUMN   how much the person counts
  --outside NAME    add to each choice an alternative that is chosen where none of the rows is, with a constant of this name
  --vars A,B,…      the variables; quotes around a name that has a comma, as in CSV
  --random A:n,…    those whose coefficients vary between people: n (normal), ln (lognormal), nln (negative lognormal)
  --correlated      let them be correlated: their covariance's Cholesky factor is estimated, chol.A.B
  --draws N         draws a person, of a mixed logit (default 600)
  --draw-type TYPE  halton, sobol (scrambled) or mlhs (default halton)
  --seed N          of sobol and mlhs draws (default 0)
  --errors KIND     what z, p and intervals are made of: robust (clustered by person), hessian or opg (default robust)
  --spec FILE       in place of --vars and what follows it

  --wtp VARIABLE    also tell the willingness to pay for each variable, in units of this one: a price or, where its coefficient is
                    above 0, money gained, of which people give up some
  --elasticities VARIABLE
                    also tell how all shares react to this one
  --tastes FILE     write each person's mean tastes, given what they chose, as CSV
  --workers N       threads (default: one for each processor). The result does not depend on it
  --json            print the result as JSON: everything, at full precision
  --quiet           show no progress
${whereHelp('here')}

Exit code 3 if it does not converge: the best point is still printed, and why.`

const OF_LONG = ['long', 'choice', 'id', 'panel', 'alt', 'weight', 'outside'] as const
const OF_SPEC = ['vars', 'random', 'draws', 'draw-type', 'seed', 'errors'] as const
const OF_RANDOM = ['correlated', 'draws', 'draw-type', 'seed'] as const
const OTHERS = ['spec', 'out', 'workers', 'wtp', 'elasticities', 'tastes', 'market'] as const
const TEXTS = [...OF_LONG, ...OF_SPEC, ...OTHERS] as const
type Values = Partial<Record<(typeof TEXTS)[number], string>> & { correlated?: boolean }

/** Runs the command and gives its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const { values, positionals } = parseWhere(args, {
    ...(Object.fromEntries(TEXTS.map((name) => [name, text])) as Record<keyof Omit<Values, 'correlated'>, typeof text>),
    ...{ correlated: flag, json: flag, quiet: flag },
  })
  const [visits, extra] = positionals
  if (extra !== undefined) throw new UsageError(`switchyard fit: got \`${extra}\` too, expected one visits file`)
  const where = whereOf(values)
  onlyHere(where, { workers: values.workers }, "the threads are not this machine's")
  const workers = bounded('--workers', values.workers, 1, WORKERS_MAX, Math.min(availableParallelism(), WORKERS_MAX))
  const chunks = isElsewhere(where) ? CHUNKS_ELSEWHERE : workers
  const question = await (visits === undefined ? longQuestion(values, chunks) : visitsQuestion(visits, values, chunks))
  checkResults(values, question.files)
  const { at, close } = isElsewhere(where)
    ? opened(where, await openNamed(where, values.quiet ? () => {} : note))
    : await openHere(workers)
  try {
    const found = await shown(at, question, values.quiet ?? false)
    const { report } = found
    const fitted = parseShown<Fit>(new TextDecoder().decode(report))
    if (values.json) process.stdout.write(`${new TextDecoder().decode(report)}\n`)
    else console.log(fitTable(fitted))
    note(verdict(fitted))
    for (const found of fitted.notes ?? []) note(noteText(found))
    const unwritten = writeResults(values, found)
    return fitted.converged ? unwritten : 3
  } finally {
    await close()
  }
}

/** Fits and shows how far it is: a live line on a terminal, a line for each evaluation elsewhere. */
async function shown(at: Environment, question: FitQuestion, quiet: boolean): Promise<Fitted> {
  let line = 'Reading the choices'
  const isLive = process.stderr.isTTY && !quiet
  const display = isLive ? new ProgressDisplay(process.stderr, () => line) : undefined
  const hear = (iteration: Iteration) => {
    line = iterationLine(iteration)
    if (!isLive && !quiet) note(line)
  }
  return fit(at, question, { hear, say: note }).finally(() => display?.stop())
}

function none(values: Values, names: readonly (keyof Values)[], why: string): void {
  const given = names.find((name) => values[name] !== undefined)
  if (!given) return
  const value = values[given]
  const expected = `none ${why}`
  throw new UsageError(typeof value === 'string' ? wrong(`--${given}`, value, expected) : `--${given}: expected ${expected}`)
}

async function visitsQuestion(visits: string, values: Values, chunks: number): Promise<FitQuestion> {
  const { market, spec: specFile } = values
  if (market === undefined) throw new UsageError('--market: missing, expected a JSON file that names tariffs and rates')
  if (specFile === undefined) throw new UsageError('--spec: missing, expected a specification, such as examples/spec.json')
  none(values, [...OF_LONG, ...OF_SPEC, 'correlated'], 'with visits: --spec says what is estimated')
  const [{ data, files }, spec] = await Promise.all([visitsData(visits, market), readInput(specFile, 'a specification')])
  return { input: { data, spec: place(spec), chunks, also: alsoOf(values) }, files: [...files, spec] }
}

async function longQuestion(values: Values, chunks: number): Promise<FitQuestion> {
  const needed = (name: 'long' | 'choice' | 'id' | 'alt', what: string) => {
    const value = values[name]
    if (!value) throw new UsageError(`--${name}: missing, expected ${what}; see switchyard fit --help`)
    return value
  }
  const path = needed('long', 'choices in long format, or a visits file in its place')
  const { panel, weight, outside } = values
  if (outside === '') throw new UsageError(wrong('--outside', outside, 'a name for the constant of the outside option'))
  const columns = {
    ...{ choice: needed('choice', 'the column of what was chosen'), set: needed('id', 'the column of the choices') },
    ...{ alternative: needed('alt', 'the column of the alternatives') },
    ...(panel === undefined ? {} : { person: panel }),
    ...(weight === undefined ? {} : { weight }),
    ...(outside === undefined ? {} : { outside }),
  }
  if (values.spec !== undefined) none(values, [...OF_SPEC, 'correlated'], 'with --spec, which says what is estimated')
  const spec = values.spec === undefined ? specOf(sought(values)) : await readInput(values.spec, 'a specification')
  const file = await readInput(path, 'a CSV file')
  const data = { long: { file: place(file), columns } }
  return { input: { data, spec: place(spec), chunks, also: alsoOf(values) }, files: [file, spec] }
}

/** What is to be told besides the estimates. */
function alsoOf({ wtp, elasticities, tastes, out }: Values): NonNullable<FitInput['also']> {
  return {
    ...(wtp === undefined ? {} : { willingness_to_pay: wtp }),
    ...(elasticities === undefined ? {} : { elasticities }),
    tastes: tastes !== undefined,
    model: out !== undefined,
  }
}

function sought(values: Values): Sought {
  const vars = list('--vars', values.vars ?? '')
  if (vars.length === 0) throw new UsageError('--vars: missing, expected variables, such as price,rating; or --spec FILE')
  const word = (name: 'draw-type' | 'errors', words: readonly string[]) => {
    const value = values[name] ?? (words[0] as string)
    if (!words.includes(value)) throw new UsageError(wrong(`--${name}`, value, `one of ${words.join(', ')}`))
    return value
  }
  const asked = {
    vars,
    outside: values.outside,
    random: list('--random', values.random ?? ''),
    correlated: values.correlated ?? false,
    draws: bounded('--draws', values.draws, 1, DRAWS_MAX, 600),
    drawType: word('draw-type', ['halton', 'sobol', 'mlhs']),
    seed: bounded('--seed', values.seed, 0, 2 ** 53, 0),
    errors: word('errors', ['robust', 'hessian', 'opg']),
  }
  if (asked.random.length === 0) none(values, OF_RANDOM, 'without --random: only tastes that vary are drawn')
  if (asked.random.length === 1) none(values, ['correlated'], 'with one random coefficient')
  if (asked.drawType === 'halton') none(values, ['seed'], 'with halton draws, which have none')
  return asked
}

function bounded(option: string, text: string | undefined, least: number, most: number, otherwise: number): number {
  return text === undefined ? otherwise : wholeNumber(option, text, least, most)
}

interface Opened {
  at: Environment
  close(): Promise<void>
}

/** Where the fit goes on without us. */
function opened(where: Where, at: Environment): Opened {
  const unhook = onSignal(() => note(`Interrupted. The fit goes on at ${at.where}: see ${about(where, 'runs')}`))
  const close = async () => {
    unhook()
    await at.close()
  }
  return { at, close }
}

/** The whole system in this process, which leaves nothing behind. */
async function openHere(workers: number): Promise<Opened> {
  const { openHere } = await import('../local/open.ts')
  const data = passingFolder('switchyard-fit')
  const unhook = onSignal(() => {})
  const at = await openHere({ data: data.path, workers, log: () => {} })
  const close = async () => {
    await at.close()
    unhook()
    data.remove()
  }
  return { at, close }
}

/** Refuses what could not be written once there is a result. */
function checkResults({ out, tastes }: Values, read: FitQuestion['files']): void {
  const outputs = Object.entries({ '--out': out, '--tastes': tastes })
  checkOutputs(
    outputs.flatMap(([option, path]) => (path === undefined ? [] : [{ option, path }])),
    read.map(({ path }) => path),
  )
}

/** Writes what the fit found to where it is wanted. What cannot be takes nothing from the result: it is told, with exit code 1. */
function writeResults({ out, tastes }: Values, found: Fitted): number {
  const write = (
    what: 'Model' | 'Tastes',
    option: keyof typeof NONE,
    path: string | undefined,
    bytes: Uint8Array | undefined,
  ) => {
    if (path === undefined) return true
    if (!bytes) {
      note(`${what}: none, as ${NONE[option]}`)
      return true
    }
    try {
      writeOutput({ option, path }, bytes)
      note(`${what}: ${path}`)
      return true
    } catch (error) {
      const complaint = complaintOf(error)
      if (!complaint) throw error
      note(complaint.message)
      return false
    }
  }
  const written = [write('Model', '--out', out, found.model), write('Tastes', '--tastes', tastes, found.tastes)]
  return written.includes(false) ? 1 : 0
}

const NONE = {
  '--out': 'the fit did not converge',
  '--tastes': 'the search did not come to the mixed logit',
}
