// `switchyard watch`: shows how far a run is, wherever it runs, and ends with it.

import { type Environment, isRunName } from '../environment/environment.ts'
import { follow, reason } from '../environment/follow.ts'
import { UsageError, wrong } from '../errors.ts'
import { type Follows, note, show } from '../terminal/progress.ts'
import { onSignal } from '../terminal/signal.ts'
import { loadPackage } from '../wasm.ts'
import { about, goesOn, parseWhere, type Where, whereHelp, within } from './where.ts'

export const help = `usage: switchyard watch RUN [options]

Shows the progress of a run and ends with it: exit code 0 if it is completed, 1 if it failed, was cancelled or got lost, 2 if
there is no such run.

  --quiet       show no progress
${whereHelp('the server')}`

/** Runs the command and gives its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseWhere(args, { quiet: { type: 'boolean' } })
  const run = oneRun('watch', positionals)
  return within(values, (at) => watchToEnd(at, run, values))
}

/** The run that a command is about. */
export function oneRun(command: string, [run, extra]: readonly string[]): string {
  if (run === undefined) throw new UsageError(`switchyard ${command}: expected a run, see switchyard runs`)
  if (extra !== undefined) throw new UsageError(`switchyard ${command}: got \`${extra}\` too, expected one run`)
  if (!isRunName(run)) throw new UsageError(wrong('RUN', run, '1 to 64 letters, digits, - or _'))
  return run
}

/** How to go on with a run that ended without a report. */
export function toGoOn(where: Where, run: string, stored: readonly string[]): string {
  if (stored.length > 0) return `To go on: ${about(where, 'resume', run)}`
  return 'It was not planned yet, so nothing of it is stored: to have it after all, begin it again'
}

/** The keys of what is stored of a run since it was planned. */
export async function storedOf(at: Environment, run: string): Promise<string[]> {
  const { exports } = await loadPackage()
  return at.list(exports.runKey(at.name, run, ''))
}

/** Follows a run to its end, says how it ended, and gives the exit code for that. */
export async function watchToEnd(
  at: Environment,
  run: string,
  options: Where & { quiet?: boolean },
  follows: Follows = (tracker) => follow(at, run, tracker),
): Promise<number> {
  if (await waitsForClient(at, run)) {
    note(`A command of its client's gives the probabilities: without it, name its folder again: switchyard predict … --out DIR`)
  }
  const unhook = onSignal(() => note(`Interrupted. ${goesOn(options, run)}`))
  const ending = await show(options.quiet ?? false, follows).finally(unhook)
  if (ending.state === 'completed') {
    note(`Run ${run} is completed.`)
    return 0
  }
  if (ending.state !== 'unknown') {
    note(reason(ending))
    note(toGoOn(options, run, await storedOf(at, run)))
    return 1
  }
  const { exports } = await loadPackage()
  const stored = await storedOf(at, run)
  if (stored.includes(exports.runKey(at.name, run, 'report.json'))) {
    note(`Run ${run} is completed, though the ledger of ${at.where} does not know it any more.`)
    return 0
  }
  if (stored.length === 0) throw new UsageError(`no run \`${run}\` is known in environment \`${at.name}\` of ${at.where}`)
  note(`The ledger of ${at.where} does not know run ${run} any more. What is stored is not lost. ${toGoOn(options, run, stored)}`)
  return 1
}

/** Whether a run can only go on while whoever asked for it is there. */
async function waitsForClient(at: Environment, run: string): Promise<boolean> {
  const { exports } = await loadPackage()
  const record = await at.read(exports.runKey(at.name, run, 'plan.json'))
  const asks = record !== undefined && JSON.parse(new TextDecoder().decode(record)).model_command != null
  return asks && (await at.look(run)).state === 'running'
}
