// Announcements within one process: at most once, to whoever listens now. A late listener has missed what went before.

import type { Listener } from '../environment/environment.ts'

/** Topics by name; a subscription that ends in `*` is to all topics that begin so. */
export class Bus {
  readonly #exact = new Map<string, Set<Listener>>()
  readonly #prefixed = new Map<string, Set<Listener>>()

  /** Calls `listener` for every message from now on, until the function it gives is called. */
  subscribe(pattern: string, listener: Listener): () => void {
    const prefixed = pattern.endsWith('*')
    const [kind, name] = prefixed ? [this.#prefixed, pattern.slice(0, -1)] : [this.#exact, pattern]
    const listeners = kind.get(name) ?? new Set()
    kind.set(name, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && kind.get(name) === listeners) kind.delete(name)
    }
  }

  publish(topic: string, message: Uint8Array): void {
    for (const listener of this.#exact.get(topic) ?? []) listener(topic, message)
    for (const [prefix, listeners] of this.#prefixed) {
      if (topic.startsWith(prefix)) for (const listener of listeners) listener(topic, message)
    }
  }
}
