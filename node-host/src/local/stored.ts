// Runs as a folder of blobs tells them, also those that no ledger knows any more.

import { isRunName, type ListedRun, type RunLine } from '../environment/environment.ts'
import type { BlobStats, FolderBlobs } from './blobs.ts'

/** What is stored of a run. */
export interface Stored {
  bytes: number
  /** When the first of it was written, and the last. */
  began_ms: number
  updated_ms: number
  /** Whether its report is there. */
  finished: boolean
}

/** What is stored of an environment's runs. */
export function storedRuns(blobs: FolderBlobs, env: string): Map<string, Stored> {
  const runs = new Map<string, Stored>()
  for (const prefix of prefixes(env)) {
    for (const blob of blobs.stats(prefix)) {
      const [run, ...rest] = blob.key.slice(prefix.length).split('/')
      // Anybody may store anything.
      if (!isRunName(run) || rest.length === 0) continue
      // What a client stored for a run that was never planned is no run.
      const stored = runs.get(run) ?? (prefix === prefixes(env)[0] ? begun(blob) : undefined)
      if (stored) runs.set(run, withBlob(stored, blob, rest.join('/')))
    }
  }
  return runs
}

/** Removes what is stored of a run. */
export function removeRun(blobs: FolderBlobs, env: string, run: string): void {
  for (const prefix of prefixes(env)) blobs.remove(`${prefix}${run}/`)
}

/** The ledger's runs with what is stored of them, and those that it does not know; the newest first. */
export function listed(known: readonly RunLine[], stored: ReadonlyMap<string, Stored>): ListedRun[] {
  const lines = known.map((line): ListedRun => {
    const { bytes, began_ms } = stored.get(line.run) ?? { bytes: 0, began_ms: line.opened_ms }
    // A ledger that was made again knows of the last opening alone.
    return { ...line, bytes, opened_ms: Math.min(line.opened_ms, Math.round(began_ms)) }
  })
  // One that was planned or is completed was stored: it was removed since, where nothing is.
  const kept = lines.filter(({ state, of, bytes }) => state === 'running' || bytes !== 0 || (of === 0 && state !== 'completed'))
  const names = new Set(known.map(({ run }) => run))
  const others = [...stored].filter(([run]) => !names.has(run)).map(([run, about]) => line(run, about))
  return [...kept, ...others].sort((a, b) => b.opened_ms - a.opened_ms)
}

/** Of a run itself, and of what a client sent for it. */
function prefixes(env: string): string[] {
  return [`${env}/runs/`, `${env}/inputs/`]
}

function begun({ written_ms }: BlobStats): Stored {
  return { bytes: 0, began_ms: written_ms, updated_ms: written_ms, finished: false }
}

function withBlob(stored: Stored, { bytes, written_ms }: BlobStats, name: string): Stored {
  return {
    bytes: stored.bytes + bytes,
    began_ms: Math.min(stored.began_ms, written_ms),
    updated_ms: Math.max(stored.updated_ms, written_ms),
    finished: stored.finished || name === 'report.json',
  }
}

function line(run: string, { bytes, began_ms, updated_ms, finished }: Stored): ListedRun {
  const times = { opened_ms: Math.round(began_ms), updated_ms: Math.round(updated_ms) }
  return { run, state: finished ? 'completed' : 'interrupted', done: 0, of: 0, message: '', ...times, bytes }
}
