// model.json: a plausible mixed logit for the synthetic visits. Its numbers are set by hand, not estimated from anyone.
// spec.json: what there is to estimate of it.

import { json } from './text.ts'

/**
 * Mean (and spread, where tastes differ) of the underlying normal, with standard errors. `common` is how strongly the
 * estimate moves with the one factor that correlates them: the correlation of two estimates is the product of theirs.
 */
type Estimate = { value: number; error: number; common: number }
export type Coefficient = { mean: Estimate; sd?: Estimate; distribution?: 'normal' | 'lognormal' }

const estimate = (value: number, error: number, common: number): Estimate => ({ value, error, common })

/** In utility per unit; units by name, GBP a year, stars, or 0/1. A pound saved is worth exp(-4.4) = 0.012 at the median. */
export const COEFFICIENTS = {
  no_switch: { mean: estimate(7.1, 0.26, 0.6) },
  saving_gbp: { mean: estimate(-4.4, 0.085, 0.4), sd: estimate(0.5, 0.04, -0.25), distribution: 'lognormal' },
  // From first to second place: 0.24 ln 2 / 0.012 = 14 GBP, about 0.8 % of a dual-fuel bill; to tenth, 2.7 %.
  log_position: { mean: estimate(-0.24, 0.018, 0.3) },
  fixed: { mean: estimate(0.55, 0.045, 0.25) },
  tracker: { mean: estimate(-0.45, 0.04, -0.1) },
  exit_fee_gbp: { mean: estimate(-0.0035, 0.0003, 0.2) },
  supplier_rating: { mean: estimate(0.48, 0.035, 0.45) },
  green: { mean: estimate(0.15, 0.014, 0.1), sd: estimate(0.85, 0.07, 0.2), distribution: 'normal' },
  own_supplier: { mean: estimate(0.7, 0.05, 0.15) },
} satisfies Record<string, Coefficient>

export function modelJson(): string {
  const coefficients: Record<string, unknown> = {}
  const parameters: [string, Estimate][] = []
  for (const [name, { mean, sd, distribution }] of Object.entries<Coefficient>(COEFFICIENTS)) {
    coefficients[name] = sd === undefined ? { mean: mean.value } : { mean: mean.value, sd: sd.value, distribution }
    parameters.push([name, mean])
    if (sd !== undefined) parameters.push([`${name}.sd`, sd])
  }
  return json({
    coefficients,
    covariance: {
      parameters: parameters.map(([name]) => name),
      matrix: parameters.map(([, row], i) => parameters.map(([, column], j) => covariance(row, column, i === j))),
    },
  })
}

/** The same variables. Tastes for green are left fixed: how far they spread cannot be told from one choice each. */
export function specJson(): string {
  const coefficients = Object.keys(COEFFICIENTS).map((variable) =>
    variable === 'saving_gbp' ? { variable, distribution: COEFFICIENTS.saving_gbp.distribution } : { variable },
  )
  return json({ coefficients, draws: { count: 200, kind: 'sobol' } })
}

/** D·R·D with R = cc' off its unit diagonal: positive definite for any |c| below 1. */
function covariance(row: Estimate, column: Estimate, diagonal: boolean): number {
  const correlation = diagonal ? 1 : row.common * column.common
  return Number((row.error * column.error * correlation).toPrecision(4))
}
