// The report, as the component `report` writes it (core/src/pipeline/report/format.rs). Shares are fractions of all visits.

export interface Report {
  schema: number
  scenario: string
  visits: number
  gap?: Gap
  /** The command that the choice probabilities come from, if not from the scenario's model. */
  model_command?: string
  seed: number
  order: string
  parameter_draws: number
  focus: Focus | null
  no_switch: Change
  tariffs: TariffChange[]
  suppliers: SupplierChange[]
  groups: Record<'region' | 'payment' | 'usage_band', GroupChange[]>
  saving: Saving
  sweep: SweepPoint[]
}

/** What is missing where replays were lost, as the run allowed. Every figure is of what is left. */
export interface Gap {
  visits_lost: number
  replays_lost: number
  replays: number
  /** By name: `shares-3` is the shares of chunk 3. */
  lost: string[]
}

/** An estimate with its two uncertainties. */
export interface Estimate {
  expected: number
  sampled?: number
  /** From simulating finitely many visits. */
  monte_carlo: Interval
  /** From not knowing the model's parameters exactly. */
  parameters?: Interval
}

/** A standard error and the central 95 % interval. */
export interface Interval {
  se: number
  low: number
  high: number
}

/** A share in both markets; `unchanged` is absent for a tariff that is not in that market. */
export interface Change {
  unchanged?: Estimate
  hypothetical: Estimate
  change: Estimate
}

export interface TariffChange extends Change {
  id: string
  supplier: string
  name: string
}

export interface SupplierChange {
  supplier: string
  unchanged: number
  hypothetical: number
  change: number
}

/** The tariff that the report is about. */
export interface Focus {
  id: string
  supplier: string
  name: string
  share: Change
  share_of_switches: number
  shown: number
  position: { mean: number | null; distribution: number[] }
  taken_from: Taken[]
}

export interface Taken {
  id: string
  supplier: string
  share: number
  of_all: number
}

/** Pairs are in the unchanged and in the hypothetical market. */
export interface GroupChange {
  /** A word, and a name for people. */
  group: string
  name: string
  visits: number
  focus?: [number, number]
  no_switch: [number, number]
  saving_gbp: [number, number]
}

export interface Saving {
  per_visit_gbp: [number, number]
  per_switch_gbp: [number, number]
}

export interface SweepPoint {
  unit_rate_percent: number
  share: number
  monte_carlo: Interval
}
