// `switchyard compare`: which of two predictions does better, by how much, and whether that is sure.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SwitchyardError } from '../../../wasm/pkg/switchyard.js'
import { type Environment, isRunName } from '../environment/environment.ts'
import { fileProblem, UsageError, wrong } from '../errors.ts'
import { finishedFolder, pairedIn } from '../files/folder.ts'
import { type Comparison, render } from '../predict/comparison.ts'
import { parseShown } from '../terminal/text.ts'
import { loadPackage } from '../wasm.ts'
import { storedOf } from './watch.ts'
import { isElsewhere, parseWhere, whereHelp, within } from './where.ts'

export const help = `usage: switchyard compare RUN RUN [options]

Tells what the second of two predictions has more or less than the first, in their hypothetical markets: the tariff that each is about,
no switch and every supplier, with 95 % intervals of the difference, and whether it is sure. Where both are of the same observed visits,
seed and model, visits are compared one by one, and intervals are much narrower than those of the two apart; what is not the same is
said. RUN is the folder of a finished prediction, or the run in runs/; with --server or --env, a run there.

  --json        print the comparison as JSON
${whereHelp('here')}

Exit code 0, sure or not; 2 if either is no finished prediction. docs/compare.md describes the fields.`

/** Runs the command and gives its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseWhere(args, { json: { type: 'boolean' } })
  const [first, second, extra] = positionals
  if (first === undefined || second === undefined) throw new UsageError('switchyard compare: expected two runs, or their folders')
  if (extra !== undefined) throw new UsageError(`switchyard compare: got \`${extra}\` too, expected two runs`)
  const both = (read: (run: string) => Promise<Uint8Array>) => Promise.all([read(first), read(second)])
  const [a, b] = await (isElsewhere(values) ? within(values, (at) => both((run) => keptAt(at, run))) : both(keptHere))
  const { exports } = await loadPackage()
  const text = attempt(() => exports.compareRuns(first, a, second, b))
  console.log(values.json ? text : render(parseShown<Comparison>(text), [first, second]))
  return 0
}

/** What the finished prediction of a folder keeps. */
async function keptHere(name: string): Promise<Uint8Array> {
  const folder = finishedFolder(name)
  const unfinished = [name, join('runs', name)].some((path) => existsSync(join(path, 'work', 'run.json')))
  if (folder === undefined || !existsSync(join(folder, 'report.json'))) {
    throw no(name, unfinished ? 'a prediction that is finished' : 'the folder of a finished prediction, or a run in runs/')
  }
  try {
    return readFileSync(pairedIn(folder))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw no(name, MADE_TO_BE_COMPARED)
    throw new UsageError(`${pairedIn(folder)}: ${fileProblem(error)}`)
  }
}

/** What a finished prediction elsewhere keeps. */
async function keptAt(at: Environment, run: string): Promise<Uint8Array> {
  if (!isRunName(run)) throw new UsageError(wrong('RUN', run, '1 to 64 letters, digits, - or _'))
  const { exports } = await loadPackage()
  const key = (name: string) => exports.runKey(at.name, run, name)
  const stored = await storedOf(at, run)
  const has = (name: string) => stored.includes(key(name))
  const paired = has('report.json') ? await at.read(key('paired')) : undefined
  if (paired) return paired
  if (has('fit')) throw no(run, 'a prediction: this is a fit')
  if (has('report.json')) throw no(run, MADE_TO_BE_COMPARED)
  const { state } = await at.look(run)
  if (state === 'unknown' && stored.length === 0)
    throw new UsageError(`no run \`${run}\` is known in environment \`${at.name}\` of ${at.where}`)
  throw no(run, `a prediction that is finished: this one is ${state === 'unknown' ? 'interrupted' : state}`)
}

const MADE_TO_BE_COMPARED = 'a prediction with what comparisons need, which older versions did not keep: make it again'

function no(run: string, expected: string): UsageError {
  return new UsageError(wrong('switchyard compare', run, expected))
}

function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if ((error as SwitchyardError).kind === 'input') throw new UsageError((error as Error).message)
    throw error
  }
}
