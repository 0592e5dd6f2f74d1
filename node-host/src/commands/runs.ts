// `switchyard runs`: lists the runs of a Switchyard that runs elsewhere.

import { UsageError } from '../errors.ts'
import { parse } from '../terminal/args.ts'
import { table } from '../terminal/text.ts'
import { WHERE_HELP, WHERE_OPTIONS, within } from './where.ts'

export const help = `usage: switchyard runs [options]

Lists an environment's runs, the newest first.

  --json        print them as JSON
${WHERE_HELP}`

/** Runs the command and gives its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, { ...WHERE_OPTIONS, json: { type: 'boolean' } })
  if (positionals[0] !== undefined) throw new UsageError(`switchyard runs: got \`${positionals[0]}\`, expected only options`)
  return within(values, async (at) => {
    const runs = await at.runs()
    if (values.json) console.log(JSON.stringify(runs, null, 2))
    else if (runs.length === 0) console.log(`No runs in environment ${at.name} of ${at.where}.`)
    else {
      const rows = runs.map(({ run, state, done, of, opened_ms, message }) => {
        const percent = of === 0 ? '' : `${Math.floor((100 * done) / of)} %`
        return [run, state, percent, new Date(opened_ms).toISOString().slice(0, 19).replace('T', ' '), message]
      })
      for (const line of table('<<><<', [['run', 'state', 'done', 'begun (UTC)', ''], ...rows], '')) console.log(line)
    }
    return 0
  })
}
