// The report, as the component `report` writes it (core/src/pipeline/prediction/report/format.rs); docs/report.md says what each field
// means. Shares are fractions of all visits.

export interface Report {
  schema: number
  scenario: string
  visits: number
  observed: Observed
  typical_consumption: TypicalConsumption
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
  /** What the edits do that are not the focus's own, if there are any. */
  other_edits?: OtherEdits
  breakdowns: Breakdown[]
  flows: SupplierFlow[]
  saving: Saving
  sweeps: Sweep[]
}

/** The observed visits as a sample of the population. */
export interface Observed {
  visits: number
  people: number
  /** How many people of equal weight would tell as much. */
  effective: number
}

/** What homes use in a year, kWh, in force from a day on. */
export interface TypicalConsumption {
  from: string
  electricity_kwh: Levels
  economy7_kwh: Levels
  gas_kwh: Levels
  source: string
}

export interface Levels {
  low: number
  medium: number
  high: number
}

/** What is missing where replays were lost, as the run allowed. Every figure is of what is left. */
export interface Gap {
  visits_lost: number
  replays_lost: number
  replays: number
  /** By name: `shares-3` is the shares of chunk 3. */
  lost: string[]
}

/** A share or a change of one, with its uncertainties. `in_all` and `visits` are absent where too few observed people are behind it. */
export interface Estimate {
  expected: number
  sampled?: number
  observed: Behind
  /** Those that follow together, as many of the three as there are. */
  in_all?: Interval
  /** From having observed these visits and not others. */
  visits?: Interval
  /** From simulating finitely many visits. */
  monte_carlo: Interval
  /** From not knowing the model's parameters exactly. */
  parameters?: Interval
}

/** The observed visits that an estimate rests on, and how many people of equal weight would tell as much. */
export interface Behind {
  visits: number
  effective: number
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

export interface SupplierChange extends Change {
  supplier: string
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
  volume: Volume
}

/** What the focus's own edits bring it, and from whom: against the hypothetical market without them. */
export interface Volume {
  own: Estimate
  /** What the other edits do to its share, if there are any. */
  others?: Estimate
  /** They sum to `own`. */
  sources: Source[]
}

export interface Source {
  id: string
  supplier: string
  share: Estimate
  /** Absent where the own edits bring nothing. */
  of_all?: number
}

/** The market with the other edits alone, less the unchanged one. */
export interface OtherEdits {
  no_switch: Estimate
  tariffs: { id: string; supplier: string; change: Estimate }[]
  suppliers: { supplier: string; change: Estimate }[]
}

/** The visits by one or two dimensions. */
export interface Breakdown {
  by: string[]
  segments: Segment[]
}

/** Shares are fractions of its visits; pairs are in the unchanged and in the hypothetical market. */
export interface Segment {
  values: string[]
  /** The same for people. */
  names: string[]
  visits: number
  observed: Behind
  focus?: Change
  no_switch: Change
  saving_gbp: [number, number]
  unchanged: Destinations
  hypothetical: Destinations
}

/** Where visits go, as expected numbers of them. */
export interface Destinations {
  no_switch: number
  focus?: number
  /** In the order of the report's `suppliers`, the focus's without the focus. */
  suppliers: number[]
}

interface Flow {
  visits: number
  observed: Behind
  unchanged: Destinations
  hypothetical: Destinations
}

/** Where the customers of a supplier go. */
export interface SupplierFlow extends Flow {
  supplier: string
  /** Whether it is the focus's own. */
  own: boolean
  tariffs: (Flow & { id: string })[]
}

export interface Saving {
  per_visit_gbp: [number, number]
  per_switch_gbp: [number, number]
}

/** How shares move with the price of a tariff. */
export interface Sweep {
  id: string
  supplier: string
  name: string
  /** What moves, such as `unit_rate_percent`. */
  moves: string
  /** Of which fuel, and on Economy 7 at which hours; where not of all. */
  fuel?: string
  rate?: string
  /** Where; everywhere if these are absent. */
  regions?: string[]
  meters?: string[]
  payments?: string[]
  points: SweepPoint[]
}

/** What a tariff asks, VAT included: pence, means over the places where it is on sale. What it has nowhere is absent. */
export interface Prices {
  electricity_p_kwh?: number
  day_p_kwh?: number
  night_p_kwh?: number
  electricity_p_day?: number
  gas_p_kwh?: number
  gas_p_day?: number
  /** The first year of a home of medium typical consumption, GBP. */
  typical_year_gbp?: number
}

export interface SweepPoint {
  step: number
  prices: Prices
  tariff: Moved
  /** Absent where it is the tariff that is swept. */
  focus?: Moved
  no_switch: Moved
  /** In the order of the report's `suppliers`. */
  suppliers: Moved[]
}

/** A share, and how it differs from that in the hypothetical market. */
export interface Moved {
  share: Estimate
  change: Estimate
}
