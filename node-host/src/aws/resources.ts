// The host on AWS, and what else an environment has there: Lambda, S3 and Redis, as it is configured. Connections stay while the
// instance is warm.

import type { Host } from '../../../wasm/pkg/switchyard.js'
import { HostFailure } from '../errors.ts'
import { RedisBus } from '../redis/bus.ts'
import { Connection } from '../redis/connection.ts'
import { RedisLedger } from '../redis/ledger.ts'
import { loadClient } from '../redis/node.ts'
import { Config, type ConfigFile, type Secrets } from './config.ts'
import { type Functions, invoke } from './lambda.ts'
import { S3Blobs } from './s3.ts'

/** What an environment has, as one alias of a function sees it. */
export interface Resources {
  config: Config
  functions: Functions
  host: Host
  redis: () => Promise<Redis>
}

export interface Redis {
  bus: RedisBus
  ledger: RedisLedger
}

interface Connected extends Redis {
  close(): void
}

/** The resources of all environments: what is made for one is kept for the next invocation. */
export class Connections {
  readonly #file: Promise<ConfigFile>
  readonly #secrets: Secrets
  readonly #log: Host['log']
  readonly #configs = new Map<string, Config>()
  readonly #connected = new Map<string, { url: string; redis: Promise<Connected> }>()

  constructor(file: Promise<ConfigFile>, secrets: Secrets, log: Host['log']) {
    this.#file = file
    this.#secrets = secrets
    this.#log = log
  }

  /** Those of an alias, which calls other functions by the same one. Nothing is connected before it is needed. */
  async at(env: string, qualifier: string | undefined): Promise<Resources> {
    const config = this.#configs.get(env) ?? new Config(env, this.#file, this.#secrets)
    this.#configs.set(env, config)
    const blobs = new S3Blobs(await config.get('bucket'))
    const [prefix, inline_limit_bytes] = [await config.get('function_prefix'), await config.get('inline_limit_bytes')]
    const functions = { prefix, qualifier, env, blobs, inline_limit_bytes }
    const redis = () => this.#redis(env, config)
    const host: Host = {
      invoke: async (component, message) => void (await invoke(functions, component, message)),
      publish: (topic, message) => asking(config, async () => (await redis()).bus.publish(topic, message)),
      read: (key) => blobs.read(key),
      write: (key, bytes) => blobs.write(key, bytes),
      list: (prefix) => blobs.list(prefix),
      step: (step) => asking(config, async () => (await redis()).ledger.step(step)),
      log: this.#log,
    }
    return { config, functions, host, redis }
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    for (const { redis } of this.#connected.values()) (await redis).close()
  }

  /** The connection, made anew when the address in the configuration is another. */
  async #redis(env: string, config: Config): Promise<Connected> {
    // While SSM is asked.
    if (!this.#connected.has(env)) loadClient().catch(() => {})
    const url = await config.get('redis_url')
    const before = this.#connected.get(env)
    if (before?.url === url) return before.redis
    const redis = this.#connect(url, config)
    this.#connected.set(env, { url, redis })
    redis.catch(() => this.#connected.delete(env))
    before?.redis.then(
      ({ close }) => close(),
      () => {},
    )
    return redis
  }

  async #connect(url: string, config: Config): Promise<Connected> {
    const values = [config.get('in_flight'), config.get('start'), config.get('lease_s'), config.get('keep_s')] as const
    const [in_flight, start, lease_s, keep_s] = await Promise.all(values)
    const connection = await Connection.to(url, this.#log, await config.get('redis_ca'))
    const ledger = new RedisLedger(connection, { in_flight, start, lease_s, keep_s })
    const bus = new RedisBus(connection)
    const close = () => {
      bus.close()
      connection.close()
    }
    return { ledger, bus, close }
  }
}

/** What Redis refuses for good may be a password that was changed: the next invocation asks for it anew. */
async function asking<T>(config: Config, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof HostFailure && !error.retry) config.refresh()
    throw error
  }
}
