// `switchyard cancel`: ends a run, wherever it runs.

import { oneRun, storedOf, toGoOn } from './watch.ts'
import { parseWhere, whereHelp, within } from './where.ts'

export const help = `usage: switchyard cancel RUN [options]

Ends a run: what is in flight finishes, nothing more is launched. It can be resumed.

${whereHelp('the server')}`

/** Runs the command and gives its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseWhere(args, {})
  const run = oneRun('cancel', positionals)
  return within(values, async (at) => {
    await at.call('cancel', { run })
    const { state } = await at.look(run)
    const cancelled = state === 'cancelled'
    const more = cancelled ? `. ${toGoOn(values, run, await storedOf(at, run))}` : ' already.'
    console.log(`Run ${run} is ${state}${more}`)
    return cancelled ? 0 : 1
  })
}
