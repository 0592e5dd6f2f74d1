// The price level of the synthetic market by region, meter and payment, in pence including VAT: Ofgem's default tariff cap.

export type Meter = 'single' | 'economy7'
export type Payment = 'direct_debit' | 'standard_credit' | 'prepayment'

/** Pence per day and per kWh. On a single-rate meter the night rate is the unit rate. */
export type Level = {
  elecStanding: number
  elecUnit: number
  elecNight: number
  gasStanding: number
  gasUnit: number
}

export type Region = {
  gsp: string
  /** Rough share of homes, percent: a round assumption of these examples. */
  homes: number
  /** Standing charge (p/day) and unit rate (p/kWh). */
  elec: readonly [number, number]
  gas: readonly [number, number]
}

/**
 * The 14 regions by distributor, with the shape of the cap across them.
 * Source: Ofgem default tariff cap, October to December 2022, single-rate credit meters, derived from Ofgem's table.
 */
export const REGIONS: readonly Region[] = [
  { gsp: '_A', homes: 12, elec: [42.5, 53.1], gas: [31.9, 14.8] },
  { gsp: '_B', homes: 9, elec: [49.3, 51.0], gas: [31.9, 14.7] },
  { gsp: '_C', homes: 8, elec: [36.7, 53.8], gas: [31.9, 15.0] },
  { gsp: '_D', homes: 5, elec: [52.2, 54.0], gas: [31.9, 14.8] },
  { gsp: '_E', homes: 8.5, elec: [52.7, 51.7], gas: [31.9, 14.8] },
  { gsp: '_F', homes: 5.5, elec: [53.5, 50.2], gas: [31.9, 14.7] },
  { gsp: '_G', homes: 8, elec: [48.6, 51.4], gas: [31.9, 14.8] },
  { gsp: '_P', homes: 2.5, elec: [54.6, 51.0], gas: [31.9, 14.7] },
  { gsp: '_N', homes: 7, elec: [54.2, 51.8], gas: [31.9, 14.7] },
  { gsp: '_J', homes: 8, elec: [46.2, 53.3], gas: [31.9, 14.8] },
  { gsp: '_H', homes: 10.5, elec: [48.0, 52.2], gas: [31.9, 14.9] },
  { gsp: '_K', homes: 3.5, elec: [52.7, 52.0], gas: [31.9, 14.9] },
  { gsp: '_L', homes: 5, elec: [56.2, 51.9], gas: [31.9, 14.9] },
  { gsp: '_M', homes: 7.5, elec: [53.1, 51.0], gas: [31.9, 14.7] },
]

/**
 * Averages over Great Britain, to which that shape is scaled: standing charge (p/day), unit rate (p/kWh).
 * Source: Ofgem default tariff cap, July to September 2025, including 5 % VAT.
 */
const AVERAGE: Record<Payment, { elec: readonly [number, number]; gas: readonly [number, number] }> = {
  direct_debit: { elec: [51.37, 25.73], gas: [29.82, 6.33] },
  standard_credit: { elec: [59.26, 27.18], gas: [37.7, 6.68] },
  prepayment: { elec: [51.37, 24.92], gas: [29.82, 6.11] },
}

/**
 * Economy 7 against the single rate; at 58 % day and 42 % night a kWh costs 94 % of the single rate.
 * Source: the ratios of one published variable tariff, Eastern England, May 2024 (46.09/45.57, 30.008/24.052, 12.588/24.052).
 */
const ECONOMY7 = { standing: 1.011, day: 1.248, night: 0.523 }

export const PAYMENTS = Object.keys(AVERAGE) as Payment[]

export function capLevel(region: Region, meter: Meter, payment: Payment): Level {
  const scaled = (fuel: 'elec' | 'gas', part: 0 | 1) => {
    const mean = REGIONS.reduce((sum, other) => sum + other[fuel][part], 0) / REGIONS.length
    return (AVERAGE[payment][fuel][part] * region[fuel][part]) / mean
  }
  const ratio = meter === 'economy7' ? ECONOMY7 : { standing: 1, day: 1, night: 1 }
  return {
    elecStanding: scaled('elec', 0) * ratio.standing,
    elecUnit: scaled('elec', 1) * ratio.day,
    elecNight: scaled('elec', 1) * ratio.night,
    gasStanding: scaled('gas', 0),
    gasUnit: scaled('gas', 1),
  }
}
