// The ledger in memory: sets by name. It is atomic because only the main thread touches it, and lost with the process, which
// is no harm: whoever continues a run enters everything again.

export class Ledger {
  readonly #sets = new Map<string, Set<string>>()

  /** Enters a member and tells how many members the set now has. */
  enter(set: string, member: string): number {
    const members = this.#sets.get(set) ?? new Set()
    this.#sets.set(set, members.add(member))
    return members.size
  }

  members(set: string): string[] {
    return [...(this.#sets.get(set) ?? [])]
  }
}
