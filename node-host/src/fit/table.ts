// An estimation as a statistician likes to read it.

import { count, heading, percent, table } from '../predict/text.ts'
import type { ErrorKind, Estimate, Fit } from './fit.ts'

const ERRORS: Record<ErrorKind, string> = {
  hessian: 'by the Hessian',
  opg: "by the people's scores (outer product)",
  robust: 'robust (sandwich, clustered by person)',
}

/** The fit as text. */
export function fitTable(fit: Fit): string {
  const kind = fit.covariance?.kind ?? 'robust'
  const header = ['', 'estimate', 'std. error', 'z', 'p', '95 %', 'interval']
  const rows = Object.entries(fit.coefficients).map(([name, estimate]) => row(name, estimate, kind))
  return [
    heading(title(fit)),
    ...table('<>', [
      ['  choices', `${count(fit.choices)} by ${count(fit.people)} people, ${count(fit.rows)} alternatives`],
      ['  log-likelihood', fixed(fit.log_likelihood, 4)],
      ['    with equal shares', fixed(fit.log_likelihood_null, 4)],
      ['  adjusted rho²', fit.adjusted_rho_squared.toFixed(4)],
      ['  AIC, BIC', `${fixed(fit.aic, 2)}, ${fixed(fit.bic, 2)}`],
      ['  foretold right', percent(fit.hit_rate)],
    ]),
    '',
    ...table('<>>>>>>', [header, ...rows]),
    '',
    `  Standard errors ${ERRORS[kind]}.`,
    ...fit.warnings.map((warning) => `  Note: ${warning}.`),
  ].join('\n')
}

/** Whether it is to be relied upon, in a sentence. */
export function verdict({ converged, iterations, reason }: Fit): string {
  return converged
    ? `Converged after ${iterations} evaluations: ${reason}.`
    : `Not converged after ${iterations} evaluations: ${reason}.`
}

function title({ model, draws }: Fit): string {
  if (!draws) return 'Conditional logit'
  const name = model === 'mixed_logit' ? 'Mixed logit' : 'Conditional logit'
  return `${name}, ${count(draws.count)} ${draws.kind === 'mlhs' ? 'MLHS' : capital(draws.kind)} draws a person`
}

function row(name: string, estimate: Estimate, kind: ErrorKind): string[] {
  const error = estimate[`se_${kind}`]
  // As many decimals as leave three digits of the standard error.
  const decimals = error !== null && error > 0 ? Math.min(9, Math.max(2, 2 - Math.floor(Math.log10(error)))) : 5
  const number = (value: number | null) => (value === null ? '' : fixed(value, decimals))
  const { z, p, low, high } = estimate
  const shown_p = p === null ? '' : p < 0.0001 ? '<.0001' : p.toFixed(4)
  return [
    `  ${name}`,
    number(estimate.estimate),
    number(error),
    z === null ? '' : z.toFixed(2),
    shown_p,
    number(low),
    number(high),
  ]
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function fixed(value: number, decimals: number): string {
  return value.toFixed(decimals).replace('-', '−')
}
