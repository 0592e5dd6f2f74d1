// What calls of components cost.

export interface ComponentStats {
  calls: number
  /** How many of the calls were deliveries of a message that had been delivered before. */
  retries: number
  total_ms: number
  max_ms: number
}

export class Stats {
  readonly byComponent: Record<string, ComponentStats> = {}
  // A message that is delivered again is the same object again.
  readonly #delivered = new WeakSet<Uint8Array>()

  count(component: string, duration_ms: number, message: Uint8Array): void {
    this.byComponent[component] ??= { calls: 0, retries: 0, total_ms: 0, max_ms: 0 }
    const stats = this.byComponent[component]
    stats.calls += 1
    stats.retries += this.#delivered.has(message) ? 1 : 0
    stats.total_ms += duration_ms
    stats.max_ms = Math.max(stats.max_ms, duration_ms)
    this.#delivered.add(message)
  }

  /** The same, rounded for people. */
  rounded(): Record<string, ComponentStats> {
    const tenths = (value: number) => Math.round(value * 10) / 10
    const costs = Object.entries(this.byComponent).map(([component, { calls, retries, total_ms, max_ms }]) => {
      return [component, { calls, retries, total_ms: tenths(total_ms), max_ms: tenths(max_ms) }] as const
    })
    return Object.fromEntries(costs)
  }
}
