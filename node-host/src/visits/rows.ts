// A run's simulated visits as blocks of columns, drawn again from what is stored of the run.

import type { Column, Host, VisitTable } from '../../../wasm/pkg/switchyard.js'
import type { Blobs } from '../environment/environment.ts'
import { type Failure, Refused } from '../errors.ts'
import type { Wasm } from '../wasm.ts'

export type { Column, VisitTable }

/** A run, and where its blobs are: an environment, or what was kept of one. */
export interface Source {
  wasm: Wasm
  at: Pick<Blobs, 'read'> & { name: string }
  run: string
}

/** So many rows at a time that memory stays flat, and columns are long enough to pack well. */
const BLOCK_VISITS: Record<VisitTable, number> = { visits: 50_000, long: 1_000, choices: 500 }

/** The rows of the visits from number `first` up to `end`, as far as there are, in order. At least one block, if without rows. */
export async function* blocks(source: Source, table: VisitTable, first: number, end: number): AsyncGenerator<Column[]> {
  const { wasm, at: stored, run } = source
  const host = readingHost(stored)
  for (let at = first; at === first || at < end; at += BLOCK_VISITS[table]) {
    const count = Math.min(BLOCK_VISITS[table], end - at)
    const columns = await oneAtATime(() => wasm.exports.visitColumns(table, stored.name, run, at, count, host))
    if (rowCount(columns) === 0 && at > first) return
    yield columns
  }
}

/** The same blocks; when one is dealt with, tells how many visits are. */
export async function* told(rows: AsyncIterable<Column[]>, tell: (visits: number) => void): AsyncGenerator<Column[]> {
  for await (const columns of rows) {
    yield columns
    tell((columns[0]?.values.at(-1) ?? -1) + 1)
  }
}

export function rowCount([first]: readonly Column[]): number {
  return first?.values.length ?? 0
}

let last: Promise<unknown> = Promise.resolve()

/** The module is this thread's only one: a call of it must have ended before the next begins. */
export function oneAtATime<T>(call: () => Promise<T>): Promise<T> {
  const called = last.then(call)
  last = called.catch(() => {})
  return called.catch(refused)
}

/** A host that can do nothing else but this. */
export function readingHost(stored: Pick<Blobs, 'read'>, write?: Host['write']): Host {
  const refuse = (): never => {
    throw new Error('a table of visits was to do more than read')
  }
  const others = { invoke: refuse, publish: refuse, list: refuse, step: refuse, log: refuse }
  return { ...others, read: (key) => stored.read(key), write: write ?? refuse }
}

/** What the module says of the world is no bug of ours. */
function refused(error: unknown): never {
  throw error instanceof Error && 'kind' in error ? new Refused(error as Error & Failure) : error
}
