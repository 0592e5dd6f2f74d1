// A Lua script as Redis runs it: by its digest, and with its text where the server does not know it.

import { createHash } from 'node:crypto'
import { HostFailure } from '../errors.ts'
import type { Connection } from './connection.ts'

export class Script {
  readonly #text: string
  readonly #sha: string

  constructor(text: string) {
    this.#text = text
    this.#sha = createHash('sha1').update(text).digest('hex')
  }

  async call(connection: Connection, keys: string[], args: (string | Buffer)[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args]
    try {
      return await connection.ask((client) => client.call('EVALSHA', [this.#sha, ...rest]), keys[0], this.#text)
    } catch (error) {
      // A server that is new, or was restarted.
      if (!(error instanceof HostFailure) || !error.message.includes('NOSCRIPT')) throw error
      return connection.ask((client) => client.call('EVAL', [this.#text, ...rest]), keys[0], this.#text)
    }
  }
}
