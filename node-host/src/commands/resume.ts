// `switchyard resume`: has what is missing of a run done, wherever it runs.

import { goOn } from '../environment/run.ts'
import { note } from '../terminal/progress.ts'
import { oneRun, watchToEnd } from './watch.ts'
import { parseWhere, whereHelp, within } from './where.ts'

export const help = `usage: switchyard resume RUN [options]

Has what is missing of a run done, after it failed, was cancelled or got lost, and watches it to its end. What is in flight of a
run that is running is waited for: to have it done again at once, cancel the run first.

  --detach      do not watch it
  --quiet       show no progress
${whereHelp('the server')}`

/** Runs the command and gives its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const flag = { type: 'boolean' } as const
  const { values, positionals } = parseWhere(args, { detach: flag, quiet: flag })
  const run = oneRun('resume', positionals)
  return within(values, async (at) => {
    await at.call('resume', { run })
    if (!values.detach) return watchToEnd(at, run, values, (tracker) => goOn(at, { run, tracker, say: note }))
    console.log(`Run ${run} is ${(await at.look(run)).state}.`)
    return 0
  })
}
