// The development server, wired: the whole system in this process, behind both APIs on one port.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { wrong } from '../args.ts'
import { fileProblem, UsageError } from '../errors.ts'
import { loadPackage } from '../local/module.ts'
import type { LogLevel } from '../local/protocol.ts'
import { type About, type BusService, type LedgerService, LocalSystem } from '../local/system.ts'
import type { Limits } from './functions.ts'
import { lambdaApi } from './lambda-api.ts'
import { listen } from './listen.ts'
import { defaultNames } from './names.ts'
import { rest } from './rest.ts'
import { decode } from './watch.ts'

export type Log = (level: LogLevel, message: string, about: About | undefined) => void

export interface ServeOptions {
  port: number
  /** The folder that holds what is stored. */
  data: string
  workers: number
  inFlight: number
  /** Shortens the waits before retries; 1 is as on AWS. */
  retryScale?: number | undefined
  /** Where bus and ledger are; in this process by default. */
  redis?: string | undefined
  limits?: Limits | undefined
  log: Log
}

export interface Served {
  url: string
  system: LocalSystem
  close(): Promise<void>
}

/** Calls at once: what AWS gives an account, and a tenth of it for each environment. */
const LIMITS: Limits = { perEnvironment: 100, total: 1000 }

/** Starts the server. */
export async function serve(options: ServeOptions): Promise<Served> {
  const { system, close } = await openSystem(options)
  const { deliveries, capacity } = system
  const names = defaultNames()
  const lambda = lambdaApi({ names, functions: system, capacity, deliveries })
  try {
    const server = await listen(options.port, lambda, rest(system))
    return { url: server.url, system, close: () => server.close().then(close) }
  } catch (error) {
    await close()
    throw error
  }
}

/** The system without its APIs. */
export async function openSystem(options: Omit<ServeOptions, 'port'>): Promise<Omit<Served, 'url'>> {
  const { data, workers, inFlight, retryScale, limits = LIMITS, log } = options
  const folder = join(data, 'blobs')
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new UsageError(wrong('--data', data, `a folder to write to (${fileProblem(error)})`))
  }
  const wasm = await loadPackage()
  const redis = options.redis === undefined ? undefined : await openRedis(options.redis, options)
  const system = new LocalSystem({ workers, names: defaultNames(), inFlight, limits, scale: retryScale, bus: redis?.bus, log })
  system.start({ wasm, folder, ledger: redis?.ledger })
  const close = async () => {
    await system.close()
    redis?.close()
  }
  try {
    for (const env of system.environments) await system.subscribe(env, (_, message) => tell(log, env, message))
  } catch (error) {
    await close()
    throw error
  }
  return { system, close }
}

/** What a person who looks at the log wants to know of a run: that it began, and how it ended. */
function tell(log: Log, env: string, message: Uint8Array): void {
  const announcement = decode(message)
  if (!announcement) return
  const { run, component, event, state, of } = announcement
  const say = (what: string) => log('INFO', `run ${run} ${what}`, { env, requestId: run })
  if (component === 'plan' && event === 'started') say('begins')
  if ((component === 'plan' || component === 'resume') && event === 'completed' && state === 'running') say(`has ${of} to do`)
  if (component === 'cancel' && event === 'cancelled') say('is cancelled')
  if (component === 'report' && state === 'completed') say('is completed')
  // Why, the component itself logs.
  if (event === 'failed' && state === 'failed') say('has failed')
}

interface Redis {
  ledger: LedgerService
  bus: BusService
  close(): void
}

async function openRedis(url: string, { inFlight, log }: Pick<ServeOptions, 'inFlight' | 'log'>): Promise<Redis> {
  const [{ Connection }, { RedisBus }, { RedisLedger }] = await Promise.all([
    import('../redis/connection.ts'),
    import('../redis/bus.ts'),
    import('../redis/ledger.ts'),
  ])
  const connection = await Connection.to(url, (level, message) => log(level, message, undefined)).catch((error: Error) => {
    throw new UsageError(`--redis: ${error.message}`)
  })
  const bus = new RedisBus(connection)
  const limits = { in_flight: inFlight, start: inFlight, lease_s: REDIS_LEASE_S, keep_s: REDIS_KEEP_S }
  const close = () => {
    bus.close()
    connection.close()
  }
  try {
    // Without it nothing would work: better told at once.
    await connection.ask((client) => client.ping())
  } catch (error) {
    close()
    throw new UsageError(`--redis: ${(error as Error).message}`)
  }
  const ledger = new RedisLedger(connection, limits)
  return { ledger: { step: (step) => ledger.step(step), runs: (env) => ledger.runs(env) as Promise<never> }, bus, close }
}

/** As on AWS: the process may go while the ledger stays. */
const REDIS_LEASE_S = 900
const REDIS_KEEP_S = 7 * 86_400
