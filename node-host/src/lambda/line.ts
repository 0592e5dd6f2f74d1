// Who waits in a line: first come, first served, and one may leave it.

/** Items in the order they came. An item is in it at most once. */
export class Line<T> {
  #items: (T | undefined)[] = []
  /** How many at the front are gone. */
  #gone = 0
  #length = 0

  push(item: T): void {
    this.#items.push(item)
    this.#length += 1
  }

  /** Takes out the first. */
  shift(): T | undefined {
    const item = this.#items[this.#gone]
    if (item !== undefined) this.remove(item)
    return item
  }

  /** Takes out an item, wherever it is. */
  remove(item: T): void {
    const at = this.#items.indexOf(item, this.#gone)
    if (at < 0) return
    this.#items[at] = undefined
    this.#length -= 1
    while (this.#gone < this.#items.length && this.#items[this.#gone] === undefined) this.#gone += 1
    // Each item is moved once at most for each that is taken out.
    if (this.#gone * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#gone)
      this.#gone = 0
    }
  }

  get isEmpty(): boolean {
    return this.#length === 0
  }
}
