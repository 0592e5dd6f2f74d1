// Opens the whole system in this process: the module, the folder of blobs, and bus and ledger here or in a Redis.

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { LogLevel } from '../environment/environment.ts'
import { fileProblem, UsageError, wrong } from '../errors.ts'
import { clearTemporaries, makeFolders } from '../files/whole.ts'
import type { Concurrency } from '../lambda/functions.ts'
import { defaultNames, UNQUALIFIED_ENV } from '../lambda/names.ts'
import { loadPackage } from '../wasm.ts'
import { LocalEnvironment } from './environment.ts'
import { type About, type BusService, IN_FLIGHT_PER_WORKER, type LedgerService, RETRY_SCALE, System } from './system.ts'

export type Log = (level: LogLevel, message: string, about: About | undefined) => void

export interface OpenOptions {
  /** The folder that holds what is stored. */
  data: string
  workers: number
  /** Parts of runs in flight in each environment: by default, as many as keep the workers busy. */
  inFlight?: number | undefined
  /** Shortens the waits before retries; 1 is as on AWS. */
  retryScale?: number | undefined
  /** Where bus and ledger are; in this process by default. */
  redis?: string | undefined
  /** The file with the certificate of who signed that server's own, where Node does not know that authority. */
  redisCa?: string | undefined
  concurrency?: Concurrency | undefined
  log: Log
}

export interface Opened {
  system: System
  close(): Promise<void>
}

/** Opens the system. */
export async function openSystem(options: OpenOptions): Promise<Opened> {
  const { data, workers, inFlight = workers * IN_FLIGHT_PER_WORKER, retryScale, concurrency, log } = options
  const folder = join(data, 'blobs')
  try {
    makeFolders(resolve(folder))
    clearTemporaries(folder)
  } catch (error) {
    throw new UsageError(wrong('--data', data, `a folder to write to (${fileProblem(error)})`))
  }
  const wasm = await loadPackage()
  const redis = options.redis === undefined ? undefined : await openRedis(options.redis, options.redisCa, inFlight, log)
  const system = new System({ workers, names: defaultNames(), inFlight, concurrency, scale: retryScale, bus: redis?.bus, log })
  system.start({ wasm, folder, ledger: redis?.ledger })
  const close = async () => {
    await system.close()
    redis?.close()
  }
  return { system, close }
}

/** Opens the system for this process alone, and the environment that is asked then. */
export async function openHere(options: Pick<OpenOptions, 'data' | 'workers' | 'log'>): Promise<LocalEnvironment> {
  const { system, close } = await openSystem({ ...options, retryScale: RETRY_SCALE })
  return new LocalEnvironment(system, UNQUALIFIED_ENV, { client: 'command-line', alone: true, close })
}

interface Redis {
  ledger: LedgerService
  bus: BusService
  close(): void
}

async function openRedis(url: string, caFile: string | undefined, inFlight: number, log: Log): Promise<Redis> {
  const ca = caFile === undefined ? undefined : certificateIn(caFile)
  const [{ Connection }, { RedisBus }, { RedisLedger }] = await Promise.all([
    import('../redis/connection.ts'),
    import('../redis/bus.ts'),
    import('../redis/ledger.ts'),
  ])
  const say = (level: LogLevel, message: string) => log(level, message, undefined)
  const connection = await Connection.to(url, say, ca).catch((error: Error) => {
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
    throw error
  }
  return { ledger: new RedisLedger(connection, limits), bus, close }
}

function certificateIn(file: string): string {
  try {
    const text = readFileSync(file, 'utf8')
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  } catch (error) {
    throw new UsageError(wrong('--redis-ca', file, `a file to read (${fileProblem(error)})`))
  }
  throw new UsageError(wrong('--redis-ca', file, 'a file with a certificate in PEM'))
}

/** As on AWS: the process may go while the ledger stays. */
const REDIS_LEASE_S = 900
const REDIS_KEEP_S = 7 * 86_400
