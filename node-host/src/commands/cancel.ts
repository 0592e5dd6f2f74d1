// `switchyard cancel`: ends a run, wherever it runs.

import { parse } from '../args.ts'
import { openRemote, REMOTE_HELP, REMOTE_OPTIONS } from '../remote/open.ts'
import { oneRun } from './watch.ts'

export const help = `usage: switchyard cancel RUN [options]

Ends a run: what is in flight finishes, nothing more is launched. It can be resumed.

${REMOTE_HELP}`

/** Runs the command and gives its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, REMOTE_OPTIONS)
  const run = oneRun('cancel', positionals)
  const remote = await openRemote(values)
  try {
    await remote.call('cancel', { run })
    const { state } = await remote.look(run)
    const cancelled = state === 'cancelled'
    console.log(cancelled ? `Run ${run} is cancelled. To go on: switchyard resume ${run}` : `Run ${run} is ${state} already.`)
    return cancelled ? 0 : 1
  } finally {
    await remote.close()
  }
}
