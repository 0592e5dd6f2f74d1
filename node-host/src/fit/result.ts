// The result of an estimation, as the component `step` writes it (core/src/fit/result.rs).

import type { InputNote } from '../../../wasm/pkg/switchyard.js'

export interface Fit {
  model: 'conditional_logit' | 'mixed_logit'
  log_likelihood: number
  /** With equal shares. */
  log_likelihood_null: number
  adjusted_rho_squared: number
  aic: number
  bic: number
  hit_rate: number
  people: number
  choices: number
  rows: number
  draws: { count: number; kind: string; seed: number } | null
  /** The names in their order: JavaScript puts keys such as `10` and `2` first, and in another. */
  parameters: string[]
  /** `pf` is a mean, `pf.sd` a standard deviation, `chol.pf.cl` an element of the covariance's Cholesky factor. */
  coefficients: Record<string, Estimate>
  covariance: { kind: ErrorKind; parameters: string[]; matrix: number[][] } | null
  /** Evaluations of the likelihood. */
  iterations: number
  converged: boolean
  reason: string
  warnings: string[]
  willingness_to_pay?: WillingnessToPay
  /** Of correlated tastes. */
  spread?: Spread
  elasticities?: Elasticities
  /** What is unlikely in its files, or was set aside. */
  notes?: InputNote[]
}

/** By variable, in units of `of`; their order is that of `parameters`. What people like is worth more than 0. */
export interface WillingnessToPay {
  of: string
  /** Of `of`, where it is a variable of visits. */
  unit?: string
  /** Its mean: above 0 people pay by having less of it, below 0 by having more. */
  coefficient: Derived
  by_variable: Record<string, Derived>
}

/** By variable, the standard deviation (of lognormal tastes, of the logarithm), and the correlation with each before it. */
export interface Spread {
  sd: Record<string, Derived>
  correlation: Record<string, Record<string, Derived>>
}

/** A function of estimates, its error by the delta method. */
export interface Derived {
  estimate: number
  se: number | null
  low: number | null
  high: number | null
}

export interface Elasticities {
  variable: string
  alternatives: string[]
  expected_choices: number[]
  /** By alternative whose share changes, by alternative whose variable changes. */
  matrix: number[][]
}

export type ErrorKind = 'hessian' | 'opg' | 'robust'

/**
 * Errors, z, p and the interval are absent where a parameter was held, the information matrix is singular, or there are no more
 * people than parameters.
 */
export interface Estimate {
  estimate: number
  se_hessian: number | null
  se_opg: number | null
  se_robust: number | null
  z: number | null
  p: number | null
  low: number | null
  high: number | null
}

/** How far a search is after a round. */
export interface Iteration {
  iteration: number
  /** 0 for the conditional logit, with which a mixed one begins. */
  draws: number
  log_likelihood: number
}
