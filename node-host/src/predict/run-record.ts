// As much of a run's record (core/src/pipeline/prediction/record.rs) as those read here who make tables of its visits.

/** What `plan` fixed. */
export interface RunRecord {
  scenario: { simulated_visits: number }
  chunk_visits: number
  /** Replays of the observed visits, numbered on from the simulated ones: where their blocks begin, and the end. */
  panel: { starts: number[] }
  /** The number of the market with the focus as it was: one of the first two, or a third. */
  without_focus: number
}

export function parseRecord(bytes: Uint8Array): RunRecord {
  return JSON.parse(new TextDecoder().decode(bytes)) as RunRecord
}

/** The names of the markets that tables have rows of: all but those of sweeps, which are numbered on from these. */
export function fullMarkets({ without_focus }: RunRecord): string[] {
  return Array.from({ length: Math.max(without_focus, 1) + 1 }, (_, market) => `markets/${market}`)
}
