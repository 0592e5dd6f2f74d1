// `switchyard repl`: a prompt with the components, the blobs and the bus at hand.

import { availableParallelism } from 'node:os'
import type { Environment } from '../environment/environment.ts'
import { UsageError } from '../errors.ts'
import { logLine } from '../local/log-line.ts'
import { openHere } from '../local/open.ts'
import { atHand } from '../repl/at-hand.ts'
import { Prompt } from '../repl/prompt.ts'
import { wholeNumber } from '../terminal/args.ts'
import { isElsewhere, onlyHere, openElsewhere, parseWhere, type Where, whereHelp, whereOf } from './where.ts'

export const help = `usage: switchyard repl [options]

A JavaScript prompt with the components as functions, and the blobs, the bus and the runs at hand:

  > run = await plan({scenario: 'examples/undercut.json'})
  > await watch(run)
  > (await report(run)).focus.share

.help there lists all of it. What is piped in is done line by line; the first error ends it with exit code 1:

  echo 'await runs()' | switchyard repl

  --data DIR    what is stored (default .switchyard)
  --workers N   threads (default: one for each processor)
${whereHelp('here')}`

const WORKERS_MAX = 256

/** Runs the command and gives its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const
  const { values, positionals } = parseWhere(args, { data: text, workers: text })
  if (positionals[0] !== undefined) throw new UsageError(`switchyard repl: got \`${positionals[0]}\`, expected only options`)
  const prompt = new Prompt()
  const at = await open(values, prompt)
  try {
    return await prompt.run(`switchyard ${at.name}`, await atHand(at, prompt.print))
  } finally {
    await at.close()
  }
}

interface Values extends Where {
  data?: string
  workers?: string
}

function open({ data, workers, ...values }: Values, { print }: Prompt): Promise<Environment> {
  const where = whereOf(values)
  onlyHere(where, { data, workers }, 'the system is not in this process')
  if (isElsewhere(where)) return openElsewhere(where)
  if (data === '') throw new UsageError('--data: empty, expected a folder to store in')
  const threads =
    workers === undefined ? Math.min(availableParallelism(), WORKERS_MAX) : wholeNumber('--workers', workers, 1, WORKERS_MAX)
  return openHere({
    data: data ?? '.switchyard',
    workers: threads,
    // Whoever awaits a failure is told of it.
    log: (level, message, about) => level === 'WARN' && print(logLine(level, message, about)),
  })
}
