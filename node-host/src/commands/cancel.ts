// `switchyard cancel`: ends a run, wherever it runs.

import { parse } from '../terminal/args.ts'
import { oneRun } from './watch.ts'
import { WHERE_HELP, WHERE_OPTIONS, within } from './where.ts'

export const help = `usage: switchyard cancel RUN [options]

Ends a run: what is in flight finishes, nothing more is launched. It can be resumed.

${WHERE_HELP}`

/** Runs the command and gives its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, WHERE_OPTIONS)
  const run = oneRun('cancel', positionals)
  return within(values, async (at) => {
    await at.call('cancel', { run })
    const { state } = await at.look(run)
    const cancelled = state === 'cancelled'
    console.log(cancelled ? `Run ${run} is cancelled. To go on: switchyard resume ${run}` : `Run ${run} is ${state} already.`)
    return cancelled ? 0 : 1
  })
}
