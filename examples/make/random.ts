// Seeded randomness: one independent stream per name, so that a new tariff or visit leaves all other draws alone.

const SEED = 20250701

export class Random {
  private state: number

  constructor(stream: string) {
    // FNV-1a over the seed and the name.
    let hash = 0x811c9dc5
    for (const char of `${SEED}/${stream}`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193)
    this.state = hash
  }

  /** Uniform in [0, 1): mulberry32, 32-bit integers only. */
  uniform(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform()
  }

  /** Standard normal, near enough: twelve uniforms less six. No logarithm or cosine, whose last digits engines may change. */
  normal(): number {
    let sum = -6
    for (let i = 0; i < 12; i++) sum += this.uniform()
    return sum
  }

  /** One of `items`, with probability proportional to its weight. */
  pick<T>(items: readonly T[], weight: (item: T) => number): T {
    let left = this.uniform() * items.reduce((sum, item) => sum + weight(item), 0)
    for (const item of items) {
      left -= weight(item)
      if (left < 0) return item
    }
    const last = items.at(-1)
    if (last === undefined) throw new Error('nothing to pick from')
    return last
  }
}
