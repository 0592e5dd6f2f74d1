// One server of Redis, and a client of it whose commands are answered or fail within five seconds.

import type { Redis as Client, RedisOptions } from 'ioredis'

/** How long a command may take, whatever becomes of the server. */
export const ANSWER_MS = 5000

// Below ANSWER_MS, so that a server that is back after a restart still answers what was asked meanwhile.
const RECONNECT_MS_MAX = 250
const SILENCE_MS = 4000

/** Its code, most of what a first command waits for: whoever knows that it will be needed may ask early. */
export const loadClient = () => import('ioredis')

/** Where a server is. */
export interface Place {
  host: string
  port: number
}

/** No answer came, perhaps since the server is out of reach. */
export class Unanswered extends Error {}

/** What every client is made with. */
export const CLIENT_OPTIONS = {
  // A tick's commands go out in one piece: what makes thousands of steps a second possible.
  enableAutoPipelining: true,
  autoPipeliningIgnoredCommands: ['EVALSHA', 'EVAL'],
  disableClientInfo: true,
  // What it would wait for, a server that is loading, every command waits for that is told so: a round trip less.
  enableReadyCheck: false,
  connectTimeout: SILENCE_MS,
  // A peer that went away without a word, as after a frozen instance thaws.
  socketTimeout: SILENCE_MS,
  // From time to time whatever still waits is thrown away: its senders have been told.
  maxRetriesPerRequest: (2 * ANSWER_MS) / RECONNECT_MS_MAX,
} satisfies RedisOptions

export class Node {
  readonly client: Client
  /** Why it is out of reach, if it is. */
  problem = ''
  #connected = 0
  /** The client itself goes on with database 0 where it may not have the one that the address names. */
  #hasDatabase: boolean

  constructor(client: Client) {
    this.client = client
    this.#hasDatabase = !client.options.db
    client.on('error', (error) => {
      this.problem = error.message
    })
    client.on('ready', () => {
      this.problem = ''
      this.#connected += 1
    })
  }

  /** What a command gives, or what the client says of it, within ANSWER_MS. */
  ask<T>(command: (client: Client) => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const unanswered = () => reject(new Unanswered(this.problem))
    const timer = setTimeout(unanswered, ANSWER_MS)
    const connected = this.#connected
    this.#commanded(command)
      .then(resolve, (error: Error) => {
        if (error.name === 'MaxRetriesPerRequestError' || error.name === 'AbortError') return unanswered()
        // A primary that became a replica: the address may lead to another by now.
        if (error.message.startsWith('READONLY') && connected === this.#connected) this.#connectAgain()
        reject(error)
      })
      .finally(() => clearTimeout(timer))
    return promise
  }

  async #commanded<T>(command: (client: Client) => Promise<T>): Promise<T> {
    if (!this.#hasDatabase) await this.client.select(this.client.options.db ?? 0)
    this.#hasDatabase = true
    return command(this.client)
  }

  #connectAgain(): void {
    if (this.client.status === 'ready') this.client.disconnect(true)
  }
}

/** How long to wait before connecting again for the how-manieth time. */
export function reconnectMs(times: number): number {
  return Math.min(25 * 2 ** times, RECONNECT_MS_MAX) * (0.5 + Math.random() / 2)
}
