// `switchyard runs`: lists an environment's runs, and removes what is stored of old ones.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ListedRun } from '../environment/environment.ts'
import { complaintOf, UsageError, wrong } from '../errors.ts'
import { FolderBlobs } from '../local/blobs.ts'
import { ServerLock } from '../local/lock.ts'
import { listed, removeRun, storedRuns } from '../local/stored.ts'
import { wholeNumber } from '../terminal/args.ts'
import { note } from '../terminal/progress.ts'
import { size, table } from '../terminal/text.ts'
import { onlyHere, parseWhere, type Where, whereHelp, within } from './where.ts'

export const help = `usage: switchyard runs [options]

Lists an environment's runs, the newest first: those that its ledger knows, and of a server also those that are only stored, since
it was killed or forgot them. \`switchyard resume\` goes on with one that was interrupted.

  --json          print them as JSON; with --prune, those that could be removed, or are
  --data DIR      those stored in the data folder of a server that is not running; --env says of which environment (default dev)
  --prune         say which runs could be removed with what is stored of them: all that are over or interrupted, of which
                  --keep N      the N newest stay
                  --older-than AGE
                                those of the last 30m, 12h, 7d or 4w stay (default, without --keep: 7d)
  --yes           with --prune: remove them
${whereHelp('the server')}

On AWS, a lifecycle rule of the bucket for ENV/runs/ removes old runs. What \`switchyard predict\` leaves here are folders of your own.`

const RUNS_MAX = 1_000_000
const DAYS_KEPT = '7d'
const UNITS_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 }

/** What runs are asked of: an environment, or the data folder of a server that is not running. */
interface Runs {
  name: string
  where: string
  runs(): Promise<ListedRun[]>
  remove(run: string): Promise<void>
}

/** Runs the command and gives its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const [text, flag] = [{ type: 'string' }, { type: 'boolean' }] as const
  const own = { json: flag, data: text, prune: flag, keep: text, 'older-than': text, yes: flag }
  const { values, positionals } = parseWhere(args, own)
  if (positionals[0] !== undefined) throw new UsageError(`switchyard runs: got \`${positionals[0]}\`, expected only options`)
  const keeps = values.prune ? pruned(values) : undefined
  if (!keeps) {
    const [given] = (['keep', 'older-than', 'yes'] as const).filter((name) => values[name] !== undefined)
    if (given) throw new UsageError(`--${given}: expected --prune with it`)
  }
  const work = (at: Runs) =>
    keeps ? prune(at, keeps, { really: values.yes ?? false, json: values.json ?? false }) : show(at, values.json ?? false)
  return values.data === undefined ? within(values, work) : withinData(values.data, values, work)
}

async function show(at: Runs, json: boolean): Promise<number> {
  const runs = await at.runs()
  if (json) console.log(JSON.stringify(runs, null, 2))
  else if (runs.length === 0) console.log(`No runs in environment ${at.name} of ${at.where}.`)
  else print(runs)
  return 0
}

function print(runs: readonly ListedRun[]): void {
  const rows = runs.map(({ run, state, done, of, opened_ms, bytes, message }) => {
    const percent = of === 0 ? '' : `${Math.floor((100 * done) / of)} %`
    const begun = new Date(opened_ms).toISOString().slice(0, 19).replace('T', ' ')
    return [run, state, percent, begun, bytes === undefined ? '' : size(bytes), message.replaceAll('\n', '; ')]
  })
  for (const line of table('<<><>~', [['run', 'state', 'done', 'begun (UTC)', 'stored', ''], ...rows], '')) console.log(line)
}

/** Which of the runs that are over stay, given how many are newer. */
type Stays = (run: ListedRun, newer: number) => boolean

function pruned({ keep, 'older-than': age }: { keep?: string | undefined; 'older-than'?: string | undefined }): Stays {
  const count = keep === undefined ? 0 : wholeNumber('--keep', keep, 0, RUNS_MAX)
  const text = age ?? (keep === undefined ? DAYS_KEPT : '0d')
  const [, number, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  if (number === undefined) throw new UsageError(wrong('--older-than', text, 'an age, such as 12h, 7d or 4w'))
  const since_ms = Date.now() - Number(number) * (UNITS_MS[unit] ?? 0)
  return ({ updated_ms }, newer) => newer < count || updated_ms > since_ms
}

/** Removes old runs, or says which it would. */
async function prune(at: Runs, stays: Stays, { really, json }: { really: boolean; json: boolean }): Promise<number> {
  const over = (await at.runs()).filter(({ state }) => state !== 'running')
  const old = over.filter((run, newer) => !stays(run, newer))
  const total = size(old.reduce((sum, { bytes = 0 }) => sum + bytes, 0))
  if (json) console.log(JSON.stringify(old, null, 2))
  else if (old.length === 0) console.log(`No run in environment ${at.name} of ${at.where} is to be removed.`)
  else if (!really) print(old)
  if (really) return remove(at, old, over.length)
  const runs = old.length === 1 ? 'this run' : `these ${old.length} runs`
  if (old.length > 0) note(`To remove ${runs}, ${total}: add --yes`)
  return 0
}

/** Removes runs, of so many. One that cannot be keeps none of the others; then the exit code is 1. */
async function remove(at: Runs, old: readonly ListedRun[], of: number): Promise<number> {
  let [gone, gone_bytes] = [0, 0]
  for (const { run, bytes = 0 } of old) {
    try {
      await at.remove(run)
      gone += 1
      gone_bytes += bytes
    } catch (error) {
      const complaint = complaintOf(error)
      // Nothing at all may be removed here.
      if (!complaint || complaint instanceof UsageError) throw error
      note(`Run ${run} is not removed: ${complaint.message}`)
    }
  }
  if (old.length > 0) note(`Removed ${gone} of ${of} runs, ${size(gone_bytes)}.`)
  return gone === old.length ? 0 : 1
}

/** The same of a data folder, which no server may be at work in. */
async function withinData(data: string, where: Where, work: (at: Runs) => Promise<number>): Promise<number> {
  if (where.server !== undefined) onlyHere(where, { data }, 'the server lists what it has stored')
  if (!existsSync(join(data, 'blobs'))) throw new UsageError(wrong('--data', data, 'the data folder of switchyard serve'))
  const [blobs, name] = [new FolderBlobs(join(data, 'blobs')), where.env?.toLowerCase() ?? 'dev']
  const remove = async (run: string) => {
    const holder = ServerLock.holder(data)
    if (holder !== undefined)
      throw new UsageError(`--data: got \`${data}\`, expected a folder that no server serves: process ${holder} does`)
    removeRun(blobs, name, run)
  }
  return work({ name, where: data, runs: async () => listed([], storedRuns(blobs, name)), remove })
}
