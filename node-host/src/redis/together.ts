// What is asked for at the same time is done together: a call for each takes many times as long.

interface Waiting<Ask, Answer> {
  ask: Ask
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
}

/** Does in one piece what is asked for in one turn of the event loop, in its order; in several where it is more than `most`. */
export class Together<Ask, Answer> {
  readonly #most: number
  readonly #work: (asks: Ask[]) => Promise<Answer[]>
  #waiting: Waiting<Ask, Answer>[] = []

  /** `work` gives an answer for each; where it fails, all of its piece fail with that. */
  constructor(most: number, work: (asks: Ask[]) => Promise<Answer[]>) {
    this.#most = most
    this.#work = work
  }

  ask(ask: Ask): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    if (this.#waiting.length === 0) setImmediate(() => this.#begin())
    this.#waiting.push({ ask, resolve, reject })
    return promise
  }

  #begin(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (let from = 0; from < waiting.length; from += this.#most) void this.#do(waiting.slice(from, from + this.#most))
  }

  async #do(waiting: Waiting<Ask, Answer>[]): Promise<void> {
    try {
      const answers = await this.#work(waiting.map(({ ask }) => ask))
      for (const [at, { resolve }] of waiting.entries()) resolve(answers[at] as Answer)
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    }
  }
}
