// An estimation as a statistician likes to read it.

import { count, heading, percent, table } from '../terminal/text.ts'
import type { Elasticities, ErrorKind, Estimate, Fit, Iteration, Spread, WillingnessToPay } from './result.ts'

const ERRORS: Record<ErrorKind, string> = {
  hessian: 'by the Hessian',
  opg: "by the people's scores (outer product)",
  robust: 'robust (sandwich, clustered by person)',
}

/** The fit as text. */
export function fitTable(fit: Fit): string {
  const kind = fit.covariance?.kind ?? 'robust'
  const header = ['', 'estimate', 'std. error', 'z', 'p', '95 %', 'interval']
  const rows = ordered(fit, fit.coefficients).map(([name, estimate]) => row(name, estimate, kind))
  const people = fit.people === 1 ? '1 person' : `${count(fit.people)} people`
  return [
    heading(title(fit)),
    ...table('<<', [
      ['choices', `${count(fit.choices)} by ${people}, ${count(fit.rows)} alternatives`],
      ['log-likelihood', fixed(fit.log_likelihood, 4)],
      ['  with equal shares', fixed(fit.log_likelihood_null, 4)],
      ['adjusted rho²', fit.adjusted_rho_squared.toFixed(4)],
      ['AIC, BIC', `${fixed(fit.aic, 2)}, ${fixed(fit.bic, 2)}`],
      ['foretold right', percent(fit.hit_rate)],
    ]),
    '',
    ...table('<>>>>>>', [header, ...rows]),
    '',
    ...(fit.covariance ? [`  Standard errors ${ERRORS[kind]}.`] : []),
    ...fit.warnings.map((warning) => `  Note: ${warning}.`),
    ...(fit.spread ? spreadTable(fit, fit.spread) : []),
    ...(fit.willingness_to_pay ? willingnessToPay(fit, fit.willingness_to_pay) : []),
    ...(fit.elasticities ? elasticityTable(fit.elasticities) : []),
  ].join('\n')
}

/** How far the search is, in a line. */
export function iterationLine({ iteration, draws, log_likelihood }: Iteration): string {
  const what = draws === 0 ? 'conditional logit' : `mixed logit, ${count(draws)} draws`
  return `evaluation ${String(iteration).padStart(3)}  log-likelihood ${log_likelihood.toFixed(4).padStart(14)}  ${what}`
}

/** Whether it is to be relied upon, in a sentence. */
export function verdict({ converged, iterations, reason }: Fit): string {
  const evaluations = `${iterations} evaluation${iterations === 1 ? '' : 's'}`
  return `${converged ? 'Converged' : 'Not converged'} after ${evaluations}: ${reason}.`
}

function title({ model, draws }: Fit): string {
  if (!draws) return 'Conditional logit'
  const name = model === 'mixed_logit' ? 'Mixed logit' : 'Conditional logit'
  return `${name}, ${count(draws.count)} ${draws.kind === 'mlhs' ? 'MLHS' : capital(draws.kind)} draws a person`
}

function row(name: string, estimate: Estimate, kind: ErrorKind): string[] {
  const error = estimate[`se_${kind}`]
  const number = (value: number | null) => (value === null ? '' : asExactAs(value, error))
  const { z, p, low, high } = estimate
  const shown_p = p === null ? '' : p < 0.0001 ? '<.0001' : p.toFixed(4)
  return [name, number(estimate.estimate), number(error), z === null ? '' : z.toFixed(2), shown_p, number(low), number(high)]
}

/** Values by name, in the order of the parameters. */
function ordered<T>({ parameters }: Fit, values: Record<string, T>): [name: string, value: T][] {
  return parameters.flatMap((name) => (Object.hasOwn(values, name) ? [[name, values[name] as T]] : []))
}

/** A number with as many decimals as leave three digits of its standard error. */
function asExactAs(value: number, error: number | null): string {
  if (error === null || error === 0) return Number(value.toPrecision(6)).toString()
  const decimals = Math.max(2, 2 - magnitude(error))
  return decimals <= DECIMALS_MAX || value === 0
    ? fixed(value, Math.min(decimals, DECIMALS_MAX))
    : value.toExponential(Math.min(100, Math.max(0, decimals + magnitude(value))))
}

/** Beyond that, numbers are written as powers of ten. */
const DECIMALS_MAX = 9

function magnitude(value: number): number {
  return Math.floor(Math.log10(Math.abs(value)))
}

/** How correlated tastes vary, which their Cholesky factor does not show. */
function spreadTable(fit: Fit, { sd, correlation }: Spread): string[] {
  const names = ordered(fit, sd).map(([name]) => name)
  const before = names.slice(0, -1)
  const shown = before.slice(0, CORRELATIONS_MAX)
  const rows = ordered(fit, sd).map(([name, { estimate, se }]) => {
    const correlations = shown.map((other) => correlation[name]?.[other]?.estimate.toFixed(2) ?? '')
    return [name, asExactAs(estimate, se), se === null ? '' : asExactAs(se, se), ...correlations]
  })
  const left = before.length - shown.length
  return [
    '',
    heading('Tastes between people: standard deviation, and correlation with those before (lognormal ones: of the logarithms)'),
    ...table(`<>>${'>'.repeat(shown.length)}`, [['', 'sd', 'std. error', ...shown], ...rows]),
    ...(left > 0 ? [`  and correlations with ${left} more: see --json`] : []),
  ]
}

const CORRELATIONS_MAX = 8

function willingnessToPay(fit: Fit, { of, unit, coefficient, by_variable }: WillingnessToPay): string[] {
  const number = (value: number | null) => (value === null ? '' : significant(value))
  const rows = ordered(fit, by_variable).map(([name, { estimate, se, low, high }]) => {
    return [name, ...[estimate, se, low, high].map(number)]
  })
  return [
    '',
    heading(`Willingness to pay, in ${unit ?? 'units'} of ${of}${coefficient.estimate > 0 ? ' given up' : ''}`),
    ...table('<>>>>', [['', 'estimate', 'std. error', '95 %', 'interval'], ...rows]),
  ]
}

/** Whole where it fits; `--json` has it all. */
function elasticityTable({ variable, alternatives, matrix }: Elasticities): string[] {
  const shown = alternatives.slice(0, ELASTICITIES_MAX)
  const rows = shown.map((name, row) => [name, ...shown.map((_, column) => fixed(matrix[row]?.[column] ?? Number.NaN, 3))])
  const left = alternatives.length - shown.length
  return [
    '',
    heading(`Elasticities: what 1 % more ${variable} of a column's alternative does to a row's share, %`),
    ...table(`<${'>'.repeat(shown.length)}`, [['', ...shown], ...rows]),
    ...(left > 0 ? [`  and ${left} more alternatives: see --json`] : []),
  ]
}

const ELASTICITIES_MAX = 8

function significant(value: number): string {
  return Number(value.toPrecision(4)).toString()
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function fixed(value: number, decimals: number): string {
  return value.toFixed(decimals)
}
