// What a prediction keeps of its visits: the tables as Parquet files, and the stored parts of the run that they are made from.

import { Blobs } from '../local/blobs.ts'
import type { RunFolder } from '../predict/folder.ts'
import { count } from '../predict/text.ts'
import { writeTable } from './file.ts'
import { blocks, type Column, type Source } from './rows.ts'

/** Of all that is stored of a run: its record, its files, its two markets, and the probabilities that a command gave. */
const KEPT = /^(plan\.json|parsed|markets\/[01]|probabilities\/\d+)$/

/** A run whose blobs can be listed. */
export interface Listed extends Source {
  list(prefix: string): string[] | Promise<string[]>
}

/** Keeps the first so many visits; says what is being written. */
export async function keepVisits(folder: RunFolder, run: Listed, visits: number, say: (what: string) => void): Promise<void> {
  const kept = folder.keep()
  await copyBlobs(run, new Blobs(kept.blobs))
  for (const table of ['visits', 'long'] as const) {
    const file = { path: kept.table(table), temporary: folder.temporary, format: 'parquet', option: '--out' } as const
    const tell = (done: number) => say(`Writing ${table}.parquet: ${count(done)} visits`)
    await writeTable(file, told(blocks(run, table, 0, visits), tell))
  }
}

/** The same blocks; when one is dealt with, tells how many visits are. */
export async function* told(rows: AsyncIterable<Column[]>, tell: (visits: number) => void): AsyncGenerator<Column[]> {
  for await (const columns of rows) {
    yield columns
    tell((columns[0]?.values.at(-1) ?? -1) + 1)
  }
}

async function copyBlobs({ wasm, env, run, read, list }: Listed, to: Blobs): Promise<void> {
  const all = wasm.exports.reportKey(env, run).replace(/[^/]+$/, '')
  for (const key of await list(all)) {
    const bytes = KEPT.test(key.slice(all.length)) ? await read(key) : undefined
    if (bytes) to.write(key, bytes)
  }
}
