// Announcements over Redis.

import type { Listener } from '../environment/environment.ts'
import type { Connection } from './connection.ts'
import { Script } from './script.ts'
import { Together } from './together.ts'

/**
 * PUBLISH takes one message. It has no keys, so any node of a cluster may be asked, whatever environments the topics are of. All
 * are in one argument, since client and server pay for every one: before each a line with its length and the topic's.
 */
const PUBLISH = new Script(`
  local at, all = 0, ARGV[1]
  while at < #all do
    local _, head, length, name = all:find('^(%d+) (%d+)\\n', at + 1)
    local topic = head + name
    at = topic + length
    redis.call('PUBLISH', all:sub(head + 1, topic), all:sub(topic + 1, at))
  end
`)

/** Messages that one call publishes: a fraction of a millisecond, for which nobody else is served. */
const CALL_MESSAGES_MAX = 100

/** At most once, to whoever is subscribed then. */
export class RedisBus {
  readonly #connection: Connection
  /** By what Redis calls the topic, or the glob. */
  readonly #listeners = new Map<string, Set<Listener>>()
  #subscriber: Connection | undefined
  readonly #messages: Together<Uint8Array[], void>

  constructor(connection: Connection) {
    this.#connection = connection
    this.#messages = new Together<Uint8Array[], void>(CALL_MESSAGES_MAX, async (messages) => {
      await PUBLISH.call(connection, [], [Buffer.concat(messages.flat())])
      return []
    })
  }

  /** What is published at the same time goes in one call, in its order. */
  publish(topic: string, message: Uint8Array): Promise<void> {
    return this.#messages.ask([Buffer.from(`${message.length} ${Buffer.byteLength(topic)}\n${topic}`), message])
  }

  /**
   * Calls `listener` for every message from the time that this resolves, until the function it gives is called. A pattern that
   * ends in `*` is all topics that begin so. What is published while the connection is lost is missed.
   */
  async subscribe(pattern: string, listener: Listener): Promise<() => Promise<void>> {
    const subscriber = await this.#connected()
    const glob = pattern.endsWith('*')
    const name = glob ? globOf(pattern.slice(0, -1)) : pattern
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    await subscriber.ask((client) => (glob ? client.psubscribe(name) : client.subscribe(name)))
    return async () => {
      listeners.delete(listener)
      if (listeners.size > 0 || this.#listeners.get(name) !== listeners) return
      this.#listeners.delete(name)
      await subscriber.ask((client) => (glob ? client.punsubscribe(name) : client.unsubscribe(name)))
    }
  }

  close(): void {
    this.#subscriber?.close()
  }

  async #connected(): Promise<Connection> {
    if (this.#subscriber) return this.#subscriber
    const subscriber = this.#connection.second()
    this.#subscriber = subscriber
    const hear = (name: string, topic: string, message: Buffer) => {
      for (const listener of this.#listeners.get(name) ?? []) listener(topic, message)
    }
    await subscriber.ask(async (client) => {
      client.on('messageBuffer', (topic, message) => hear(topic.toString(), topic.toString(), message))
      client.on('pmessageBuffer', (glob, topic, message) => hear(glob, topic.toString(), message))
    })
    return subscriber
  }
}

/** Redis's glob for all topics that begin with a prefix, whatever characters are in it. */
function globOf(prefix: string): string {
  return `${prefix.replace(/[[?*\\]/g, '\\$&')}*`
}
