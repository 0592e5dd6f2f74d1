// A connection to Redis whose commands are answered or fail within five seconds.

import type { Redis as Client } from 'ioredis'
import { HostFailure } from '../errors.ts'

/** How long a command may take, whatever becomes of the server. */
export const ANSWER_MS = 5000

// Below ANSWER_MS, so that a server that is back after a restart still answers what was asked meanwhile.
const RECONNECT_MS_MAX = 250
const SILENCE_MS = 4000

/** Its code, most of what a first command waits for: whoever knows that it will be needed may ask early. */
export const loadClient = () => import('ioredis')

export type Log = (level: 'INFO' | 'WARN', message: string) => void

/** A connection that is made again whenever it is lost. What it says of itself never has the password in it. */
export class Connection {
  /** Host and port, for people. */
  readonly address: string
  readonly #client: Client
  #problem = ''

  private constructor(client: Client, address: string, log: Log) {
    this.#client = client
    this.address = address
    client.on('error', (error) => {
      if (this.#problem === '') log('WARN', `Redis at ${address} is out of reach: ${error.message}`)
      this.#problem = error.message
    })
    client.on('ready', () => {
      if (this.#problem !== '') log('INFO', `Redis at ${address} is back`)
      this.#problem = ''
    })
  }

  /** Begins to connect; whether that succeeds shows at the first command. */
  static async to(url: string, log: Log): Promise<Connection> {
    const address = addressOf(url)
    // CommonJS: its names are on its default, bundled or not.
    const { Redis } = (await loadClient()).default
    const client = new Redis(url, {
      // A tick's commands go out in one piece: what makes thousands of steps a second possible.
      enableAutoPipelining: true,
      autoPipeliningIgnoredCommands: ['EVALSHA', 'EVAL'],
      disableClientInfo: true,
      connectTimeout: SILENCE_MS,
      // A peer that went away without a word, as after a frozen instance thaws.
      socketTimeout: SILENCE_MS,
      retryStrategy: (times) => Math.min(25 * 2 ** times, RECONNECT_MS_MAX) * (0.5 + Math.random() / 2),
      // From time to time whatever still waits is thrown away: its senders have been told.
      maxRetriesPerRequest: (2 * ANSWER_MS) / RECONNECT_MS_MAX,
    })
    return new Connection(client, address, log)
  }

  /** A second connection to the same server, which says nothing of its own. */
  second(): Connection {
    return new Connection(this.#client.duplicate({ enableAutoPipelining: false }), this.address, () => {})
  }

  /** What a command gives, within ANSWER_MS. */
  ask<T>(command: (client: Client) => Promise<T>, _key?: string): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const timer = setTimeout(() => reject(this.#unanswered()), ANSWER_MS)
    command(this.#client)
      .then(resolve, (error: Error) => reject(this.#failure(error)))
      .finally(() => clearTimeout(timer))
    return promise
  }

  close(): void {
    this.#client.disconnect()
  }

  #unanswered(): HostFailure {
    const problem = this.#problem === '' ? '' : `: ${this.#problem}`
    return new HostFailure(`Redis at ${this.address} gave no answer within ${ANSWER_MS / 1000} s${problem}`, true)
  }

  // A new error, since the client's carries the command, and with it perhaps a password.
  #failure(error: Error): HostFailure {
    if (error.name === 'MaxRetriesPerRequestError' || error.name === 'AbortError') return this.#unanswered()
    const denied = /^(NOAUTH|NOPERM|WRONGPASS)/.test(error.message)
    return new HostFailure(`Redis at ${this.address}: ${error.message}`, !denied)
  }
}

function addressOf(url: string): string {
  const parsed = URL.parse(url)
  if (!parsed || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new HostFailure('redis_url: expected redis://[user:password@]host[:port] or rediss://…; what it is stays secret', false)
  }
  return `${parsed.hostname}:${parsed.port || 6379}`
}
