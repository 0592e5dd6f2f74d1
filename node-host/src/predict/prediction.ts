// A prediction, wherever it is made.

import type { Ending } from './ending.ts'
import type { RunFolder } from './folder.ts'
import { duration } from './progress.ts'
import { count } from './text.ts'

/** What is asked for. */
export interface Asked {
  scenario: string
  /** These two replace what the scenario says. */
  visits?: number | undefined
  seed?: number | undefined
  chunk: number
  /** How many of the visits to keep, if any. */
  keepVisits?: number | undefined
  /** A model file in the place of the scenario's. */
  model?: string | undefined
  /** Gives the choice probabilities, in place of the scenario's model. */
  modelCommand?: string | undefined
  /** The folder for the results; by default one named after the run. */
  out?: string | undefined
}

/** From the scenario file to the results in a folder. */
export interface Prediction {
  /** The folder, once it is prepared. */
  readonly folder: RunFolder | undefined
  /** Reads the files and claims the folder. */
  prepare(): Promise<RunFolder>
  /** Does the work and writes the results into the folder; gives the report as it was written.
   *
   * @throws RunError if there is none.
   */
  finish(): Promise<Uint8Array>
  /** One line about how far it is. */
  progress(): string
  /** One line about how it went. */
  summary(): string
  close(): Promise<void>
}

/** The run ended without a report. */
export class RunError extends Error {
  override name = 'RunError'
  readonly ending: Ending

  constructor(ending: Ending) {
    super(ending.message)
    this.ending = ending
  }
}

export function summaryOf(visits: number, wall_s: number): string {
  return `${count(visits)} visits in ${duration(wall_s)}, ${count(Math.round(visits / wall_s))} visits/s`
}
