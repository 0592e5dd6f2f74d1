// `switchyard export`: the visits of a run as a file for other tools.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../environment/environment.ts'
import { UsageError, wrong } from '../errors.ts'
import { finishedFolder, keptIn } from '../files/folder.ts'
import { checkOutputs, isStandardOutput } from '../files/output.ts'
import { FolderBlobs } from '../local/blobs.ts'
import { wholeNumber } from '../terminal/args.ts'
import { note, ProgressDisplay } from '../terminal/progress.ts'
import { onSignal } from '../terminal/signal.ts'
import { count } from '../terminal/text.ts'
import { type Format, writeCsv, writeTable } from '../visits/file.ts'
import { KEPT_VISITS_MAX } from '../visits/limits.ts'
import { blocks, type Source, told, type VisitTable } from '../visits/rows.ts'
import { loadPackage } from '../wasm.ts'
import { isElsewhere, openElsewhere, parseWhere, whereHelp } from './where.ts'

export const help = `usage: switchyard export RUN --visits|--long [options]

Writes what each visit of a run saw and chose, in both markets, as a file that R, Python, DuckDB and others read. RUN is the folder
of a prediction that was made with --keep-visits, or the run in runs/; with --server or --env, any run there.

  --visits      a row for each visit and market
  --long        a row for each visit, market and alternative, with the variables of the choice model: to fit models with
  --first N     the first N visits (default: those kept; of a run elsewhere all, at most 1,000,000)
  --format F    parquet or csv (default: as --out ends; without --out, parquet)
  --out FILE    where it goes, .parquet, .csv or .csv.gz (default: visits or long in the folder); \`-\` is the standard output, for
                CSV. A name that ends otherwise needs --format; CSV is compressed where it ends in .gz
  --quiet       show no progress
${whereHelp('here')}

docs/visits.md describes the columns.`

/** Where the visits are, how many are kept there, and where a file of them goes by default. */
interface Opened {
  source: Source
  visits: number
  folder: string
  /** Complains if there is no such run. */
  check(): Promise<void>
  close(): Promise<void>
}

/** Runs the command and gives its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const [text, flag] = [{ type: 'string' }, { type: 'boolean' }] as const
  const options = { visits: flag, long: flag, first: text, format: text, out: text, quiet: flag } as const
  const { values, positionals } = parseWhere(args, options)
  const [name, extra] = positionals
  if (name === undefined) throw new UsageError('switchyard export: expected a run or the folder of one')
  if (extra !== undefined) throw new UsageError(`switchyard export: got \`${extra}\` too, expected one run`)
  if (values.visits === values.long) throw new UsageError('switchyard export: expected either --visits or --long')
  const table = values.long ? 'long' : 'visits'
  const out = values.out !== undefined && isStandardOutput(values.out) ? '-' : values.out
  const format = formatOf(values.format, out)
  const first = values.first === undefined ? undefined : wholeNumber('--first', values.first, 1, 2 ** 31)
  const opened = isElsewhere(values) ? await openRun(name, await openElsewhere(values)) : await openFolder(name)
  try {
    await opened.check()
    await write(opened, { table, format, visits: first ?? opened.visits, out, quiet: values.quiet ?? false })
  } finally {
    await opened.close()
  }
  return 0
}

interface Wanted {
  table: Exclude<VisitTable, 'choices'>
  format: Format
  visits: number
  out: string | undefined
  quiet: boolean
}

async function write({ source, folder }: Opened, { table, format, visits, out, quiet }: Wanted): Promise<void> {
  let done = 0
  const rows = told(blocks(source, table, 0, visits), (visits) => {
    done = visits
  })
  if (out === '-') return writeCsv(process.stdout, rows)
  const path = out ?? join(folder, `${table}.${format}`)
  checkOutputs([{ option: '--out', path }], [])
  const unhook = onSignal(() => {})
  const display = quiet ? undefined : new ProgressDisplay(process.stderr, () => `${count(done)} visits written`)
  const written = await writeTable({ path, format, option: '--out' }, rows).finally(() => display?.stop())
  unhook()
  if (!quiet) note(`${path}: ${count(written)} rows of ${count(done)} visits`)
}

function formatOf(format: string | undefined, out: string | undefined): Format {
  const named = format ?? formatNamed(out)
  if (named !== 'parquet' && named !== 'csv') throw new UsageError(wrong('--format', named, 'parquet or csv'))
  if (named === 'parquet' && out === '-')
    throw new UsageError(wrong('--format', named, 'csv, as the standard output is written to'))
  return named
}

function formatNamed(out: string | undefined): Format {
  if (out === undefined || /\.parquet$/i.test(out)) return 'parquet'
  if (out === '-' || /\.csv(\.gz)?$/i.test(out)) return 'csv'
  throw new UsageError(wrong('--out', out, 'a name that ends in .parquet, .csv or .csv.gz, or --format with it'))
}

/** The folder of a prediction that kept visits. */
async function openFolder(name: string): Promise<Opened> {
  const folder = finishedFolder(name)
  if (folder === undefined)
    throw new UsageError(wrong('switchyard export', name, 'the folder of a finished prediction, or a run in runs/'))
  const {
    env = '',
    run = '',
    keep_visits = 0,
  } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as Record<string, never>
  if (keep_visits === 0) throw new UsageError(wrong('switchyard export', name, 'a prediction that was made with --keep-visits'))
  const blobs = new FolderBlobs(keptIn(folder))
  const source = { wasm: await loadPackage(), at: { name: env, read: async (key: string) => blobs.read(key) }, run }
  return { source, visits: keep_visits, folder, check: async () => {}, close: async () => {} }
}

/** Any run elsewhere: what its visits are made from is stored there. */
async function openRun(run: string, at: Environment): Promise<Opened> {
  const source = { wasm: await loadPackage(), at, run }
  const check = async () => {
    const { state } = await at.look(run)
    if (state === 'unknown') throw new UsageError(`no run \`${run}\` is known in environment \`${at.name}\` of ${at.where}`)
    if (await at.read(source.wasm.exports.runKey(at.name, run, 'plan.json'))) return
    throw new UsageError(wrong('switchyard export', run, 'the run of a prediction that was planned'))
  }
  return { source, visits: KEPT_VISITS_MAX, folder: '.', check, close: () => at.close() }
}
