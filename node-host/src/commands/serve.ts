// `switchyard serve`: the development server.

import { availableParallelism } from 'node:os'
import { UsageError, wrong } from '../errors.ts'
import { logLine } from '../local/log-line.ts'
import { IN_FLIGHT_PER_WORKER } from '../local/system.ts'
import { serve } from '../server/serve.ts'
import { parse, wholeNumber } from '../terminal/args.ts'
import { note } from '../terminal/progress.ts'
import { signalled } from '../terminal/signal.ts'

export const help = `usage: switchyard serve [options]

Serves the whole system from one process, on this machine only: a REST API (GET / says what there is), and the Lambda Invoke API,
so that any AWS client works with only its endpoint changed:

  aws lambda invoke --endpoint-url http://127.0.0.1:4000 --function-name switchyard-plan …

  --port N         where to listen (default 4000; 0 is any free port)
  --data DIR       what is stored (default .switchyard)
  --redis URL      use the bus and the ledger in this Redis (default: in this process, and gone with it; what is stored is kept,
                   and \`switchyard resume\` goes on from that)
  --redis-ca FILE  the certificate, in PEM, of who signed that Redis's own, for rediss:// with an authority of your own
  --workers N      threads (default: one for each processor)
  --in-flight N    parts of runs in flight in each environment (default: four for each worker)
  --retry-scale X  shorten the waits before retries; 1 is as on AWS: one minute, then two (default 1)

The log goes to the standard output. SIGINT, SIGTERM or SIGHUP (its terminal is closed) stop it.`

const WORKERS_MAX = 256

/** Runs the command and gives its exit code, once it is stopped. */
export async function run(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const
  const options = { port: text, data: text, redis: text, 'redis-ca': text, workers: text, 'in-flight': text, 'retry-scale': text }
  const { values, positionals } = parse(args, options)
  if (positionals[0] !== undefined) throw new UsageError(`switchyard serve: got \`${positionals[0]}\`, expected only options`)
  if (values.data === '') throw new UsageError('--data: empty, expected a folder to store in')
  const number = (name: 'port' | 'workers' | 'in-flight', least: number, most: number, otherwise: number) => {
    const value = values[name]
    return value === undefined ? otherwise : wholeNumber(`--${name}`, value, least, most)
  }
  const workers = number('workers', 1, WORKERS_MAX, Math.min(availableParallelism(), WORKERS_MAX))
  const served = await serve({
    port: number('port', 0, 65_535, 4000),
    data: values.data ?? '.switchyard',
    workers,
    inFlight: number('in-flight', 1, 1_000_000, workers * IN_FLIGHT_PER_WORKER),
    retryScale: scale(values['retry-scale']),
    redis: values.redis,
    redisCa: values['redis-ca'],
    log: (level, message, about) => console.log(logLine(level, message, about)),
  })
  note(`Serving on ${served.url}`)
  await signalled()
  note('Stopping.')
  await served.close()
  return 0
}

function scale(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d*\.?\d+(e-?\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (value >= 0 && value <= 1) return value
  throw new UsageError(wrong('--retry-scale', text, 'a number from 0 to 1'))
}
