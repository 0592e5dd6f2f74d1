// Announcements over Redis.

import type { Listener } from '../environment/environment.ts'
import type { Connection } from './connection.ts'

/** At most once, to whoever is subscribed then. */
export class RedisBus {
  readonly #connection: Connection
  readonly #listeners = new Map<string, Set<Listener>>()
  #subscriber: Connection | undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async publish(topic: string, message: Uint8Array): Promise<void> {
    await this.#connection.ask((client) => client.publish(topic, bufferOf(message)))
  }

  /**
   * Calls `listener` for every message from the time that this resolves, until the function it gives is called. A pattern that
   * ends in `*` is all topics that begin so. What is published while the connection is lost is missed.
   */
  async subscribe(pattern: string, listener: Listener): Promise<() => Promise<void>> {
    const subscriber = await this.#connected()
    const listeners = this.#listeners.get(pattern) ?? new Set()
    this.#listeners.set(pattern, listeners.add(listener))
    const prefix = prefixOf(pattern)
    await subscriber.ask((client) => (prefix === undefined ? client.subscribe(pattern) : client.psubscribe(globOf(prefix))))
    return async () => {
      listeners.delete(listener)
      if (listeners.size > 0 || this.#listeners.get(pattern) !== listeners) return
      this.#listeners.delete(pattern)
      await subscriber.ask((client) => (prefix === undefined ? client.unsubscribe(pattern) : client.punsubscribe(globOf(prefix))))
    }
  }

  close(): void {
    this.#subscriber?.close()
  }

  async #connected(): Promise<Connection> {
    if (this.#subscriber) return this.#subscriber
    const subscriber = this.#connection.second()
    this.#subscriber = subscriber
    const hear = (pattern: string, topic: Buffer, message: Buffer) => {
      for (const listener of this.#listeners.get(pattern) ?? []) listener(topic.toString(), message)
    }
    await subscriber.ask(async (client) => {
      client.on('messageBuffer', (topic, message) => hear(topic.toString(), topic, message))
      client.on('pmessageBuffer', (glob, topic, message) => hear(`${prefixOfGlob(glob.toString())}*`, topic, message))
    })
    return subscriber
  }
}

function prefixOf(pattern: string): string | undefined {
  return pattern.endsWith('*') ? pattern.slice(0, -1) : undefined
}

/** Redis's glob for all topics that begin with a prefix, whatever characters are in it. */
function globOf(prefix: string): string {
  return `${prefix.replace(/[[?*\\]/g, '\\$&')}*`
}

function prefixOfGlob(glob: string): string {
  return glob.slice(0, -1).replace(/\\(.)/g, '$1')
}

/** The same bytes as the client wants them, not a copy. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
