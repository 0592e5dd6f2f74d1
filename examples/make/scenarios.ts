// The three scenarios: an undercutting fix, a supplier's withdrawal, a green fix at a premium.

import { TARIFFS } from './market.ts'
import { json } from './text.ts'

const SHARED = {
  tariffs: 'tariffs.csv',
  rates: 'rates.csv',
  visits: 'visits.csv',
  model: 'model.json',
  simulated_visits: 2_000_000,
  seed: 20260101,
  usage_jitter_percent: 8,
  order: 'annual_cost',
  // Of the price level, too.
  typical_consumption: '2025-07-01',
}

const PARAMETER_DRAWS = 200

export function undercutJson(): string {
  const id = 'gorsley-undercut-12'
  return json({
    name: 'Gorsley Power undercuts with a one-year fix (synthetic market)',
    ...SHARED,
    edits: [addLike('gorsley-dual-fixed-12', -3, { id, name: 'Undercut 12 Months', exit_fee_gbp: 50, green: false })],
    focus: id,
    sweep: { tariff: id, unit_rate_percent: [-10, -7.5, -5, -2.5, 0, 2.5, 5, 7.5, 10] },
    parameter_draws: PARAMETER_DRAWS,
  })
}

export function supplierLeavesJson(): string {
  return json({
    name: 'Dunmere Energy leaves the market (synthetic market)',
    ...SHARED,
    edits: [{ withdraw: { supplier: 'Dunmere Energy' } }],
    parameter_draws: PARAMETER_DRAWS,
  })
}

export function greenPremiumJson(): string {
  const id = 'larkhollow-green-12'
  return json({
    name: 'Larkhollow sells a green fix at a premium (synthetic market)',
    ...SHARED,
    edits: [addLike('larkhollow-dual-fixed-12', 4, { id, name: 'Green 12 Months', exit_fee_gbp: 25, green: true })],
    focus: id,
    sweep: { tariff: id, unit_rate_percent: [-8, -6, -4, -2, 0, 2, 4, 6, 8] },
    parameter_draws: PARAMETER_DRAWS,
  })
}

/** A one-year dual-fuel fix for single-rate direct debit everywhere, by the supplier of `like` and at its rates. */
function addLike(
  like: string,
  unit_rate_percent: number,
  own: { id: string; name: string; exit_fee_gbp: number; green: boolean },
) {
  const supplier = TARIFFS.find((tariff) => tariff.id === like)?.supplier
  if (supplier === undefined) throw new Error(`no tariff ${like}`)
  const tariff = {
    id: own.id,
    supplier: supplier.name,
    name: own.name,
    fuel: 'dual',
    kind: 'fixed',
    term_months: 12,
    exit_fee_gbp: own.exit_fee_gbp,
    green: own.green,
    supplier_rating: supplier.rating,
    meters: ['single'],
    payments: ['direct_debit'],
    regions: 'all',
  }
  return { add: { tariff, rates: { like, unit_rate_percent, standing_charge_percent: 0 } } }
}
