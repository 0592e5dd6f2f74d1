// What a prediction keeps of its visits: the tables as Parquet files, and the stored parts of the run that they are made from.

import type { Environment } from '../environment/environment.ts'
import type { RunFolder } from '../files/folder.ts'
import { FolderBlobs } from '../local/blobs.ts'
import { count } from '../terminal/text.ts'
import { writeTable } from '../visits/file.ts'
import { blocks, type Source, told } from '../visits/rows.ts'
import { fullMarkets, parseRecord } from './run-record.ts'

/** Of all that is stored of a run, what is kept besides its markets: its record, its files, the probabilities that a command gave. */
const KEPT = /^(plan\.json|parsed|probabilities\/\d+)$/

/** A run whose blobs can be listed. */
interface Listed extends Source {
  at: Environment
}

/** Keeps the first so many visits; says what is being written. */
export async function keepVisits(folder: RunFolder, run: Listed, visits: number, say: (what: string) => void): Promise<void> {
  const kept = folder.keep()
  await copyBlobs(run, new FolderBlobs(kept.blobs))
  for (const table of ['visits', 'long'] as const) {
    const file = { path: kept.table(table), format: 'parquet', option: '--out' } as const
    const tell = (done: number) => say(`Writing ${table}.parquet: ${count(done)} visits`)
    await writeTable(file, told(blocks(run, table, 0, visits), tell))
  }
}

async function copyBlobs({ wasm, at, run }: Listed, to: FolderBlobs): Promise<void> {
  const all = wasm.exports.runKey(at.name, run, '')
  const record = await at.read(`${all}plan.json`)
  const markets = record ? fullMarkets(parseRecord(record)) : []
  for (const key of await at.list(all)) {
    const name = key.slice(all.length)
    const bytes = KEPT.test(name) || markets.includes(name) ? await at.read(key) : undefined
    if (bytes) to.write(key, bytes)
  }
}
