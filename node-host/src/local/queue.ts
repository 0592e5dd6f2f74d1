// Messages waiting for a worker: the deepest first, then the oldest.

/** What follows from earlier work goes before new work, so that little lies about half-done: replays before further samples. */
export class Queue<T> {
  readonly #byDepth: { items: (T | undefined)[]; next: number }[] = []

  push(depth: number, item: T): void {
    while (this.#byDepth.length <= depth) this.#byDepth.push({ items: [], next: 0 })
    this.#byDepth[depth]?.items.push(item)
  }

  take(): T | undefined {
    const level = this.#byDepth.findLast(({ items, next }) => next < items.length)
    if (!level) return undefined
    const item = level.items[level.next]
    level.items[level.next] = undefined
    level.next += 1
    if (level.next === level.items.length) {
      level.items = []
      level.next = 0
    }
    return item
  }
}
