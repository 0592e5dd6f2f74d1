// visits.csv: who compares, what they use, which deal they are on, drawn from rounded public figures on British homes; and what
// they choose, drawn from the model.

import { type Meter, PAYMENTS, type Payment, REGIONS, type Region } from './cap.ts'
import { choice } from './choice.ts'
import { TARIFFS, type Tariff } from './market.ts'
import { Random } from './random.ts'
import type { Fuel } from './suppliers.ts'
import { csv } from './text.ts'

const VISITS = 24_000

const FUELS = [
  { fuel: 'dual', share: 70, economy7: 0.07 },
  { fuel: 'electricity', share: 22, economy7: 0.2 },
  { fuel: 'gas', share: 8, economy7: 0 },
] as const

/** Percent of visits, share of them on a variable tariff, and a weight: the online sample has too few on prepayment. */
const PAYING: Record<Payment, { share: number; variable: number; weight: number }> = {
  direct_debit: { share: 74, variable: 0.6, weight: 0.92 },
  standard_credit: { share: 14, variable: 0.79, weight: 1.15 },
  prepayment: { share: 12, variable: 0.86, weight: 1.3 },
}

/**
 * Yearly kWh: median, and spread of its logarithm such that the quartiles are the low and high typical values.
 * Source: Ofgem, typical domestic consumption values from October 2023 (1,800/2,700/4,100, 2,200/3,900/6,700, 7,500/11,500/17,000).
 */
const USAGE = {
  single: { median: 2_700, spread: 0.61, max: 30_000 },
  economy7: { median: 3_900, spread: 0.82, max: 30_000 },
  gas: { median: 11_500, spread: 0.61, max: 60_000 },
}

/** Correlation of the logarithms of a home's electricity and gas: an assumption. */
const FUELS_CORRELATION = 0.5

type Visitor = { region: Region; fuel: Fuel; meter: Meter; payment: Payment }

export type Visit = Visitor & {
  weight: string
  elecKwh: number
  /** Undefined where the visitor does not know. */
  nightPercent: number | undefined
  gasKwh: number
  /** The present deal. */
  tariff: Tariff
  monthsLeft: number | undefined
}

export function visitsCsv(): string {
  const [random, luck] = [new Random('visits'), new Random('choices')]
  const sold = new Sold()
  const rows = Array.from({ length: VISITS }, (_, index) => {
    const made = visit(random, sold)
    return [`v${`${index + 1}`.padStart(5, '0')}`, ...cells(made), choice(luck, made, sold.to(made, 'onSale'))?.id ?? '']
  })
  const columns = 'visit_id,weight,region,fuel,meter,payment,elec_kwh,night_percent,gas_kwh,tariff_id,months_left,chosen'
  return csv(['Synthetic visits: nobody made them.'], columns, rows)
}

function cells({ weight, region, fuel, meter, payment, elecKwh, nightPercent, gasKwh, tariff, monthsLeft }: Visit): string[] {
  const used = (kwh: number) => (kwh === 0 ? '' : `${kwh}`)
  const usage = [used(elecKwh), `${nightPercent ?? ''}`, used(gasKwh)]
  return [weight, region.gsp, fuel, meter, payment, ...usage, tariff.id, `${monthsLeft ?? ''}`]
}

function visit(random: Random, sold: Sold): Visit {
  const { fuel, economy7 } = random.pick(FUELS, (entry) => entry.share)
  const visitor: Visitor = {
    region: random.pick(REGIONS, (region) => region.homes),
    fuel,
    meter: random.uniform() < economy7 ? 'economy7' : 'single',
    payment: random.pick(PAYMENTS, (payment) => PAYING[payment].share),
  }
  const paying = PAYING[visitor.payment]
  const size = random.normal()
  const gasSize = FUELS_CORRELATION * size + Math.sqrt(1 - FUELS_CORRELATION ** 2) * random.normal()
  const present = presentDeal(random, sold, visitor, paying.variable)
  return {
    ...visitor,
    ...present,
    weight: Math.min(1.8, Math.max(0.6, paying.weight * random.between(0.7, 1.3))).toFixed(2),
    elecKwh: fuel === 'gas' ? 0 : kwh(USAGE[visitor.meter], size),
    nightPercent: visitor.meter === 'economy7' ? nightPercent(random) : undefined,
    gasKwh: fuel === 'electricity' ? 0 : kwh(USAGE.gas, gasSize),
  }
}

function kwh(usage: { median: number; spread: number; max: number }, size: number): number {
  const drawn = Math.round(usage.median * Math.exp(usage.spread * size))
  return Math.min(usage.max, Math.max(1, drawn))
}

/** Most do not know theirs. */
function nightPercent(random: Random): number | undefined {
  if (random.uniform() < 0.6) return undefined
  return Math.round(Math.min(65, Math.max(25, 42 + 9 * random.normal())))
}

/** A variable tariff with probability `variable`, else a deal with some of its term left, more often little than much. */
function presentDeal(random: Random, sold: Sold, visitor: Visitor, variable: number) {
  const share = (tariff: Tariff) => tariff.supplier.share
  const deals = sold.to(visitor, 'deals')
  const onDeal = random.uniform() >= variable && deals.length > 0
  const tariff = random.pick(onDeal ? deals : sold.to(visitor, 'variable'), share)
  const months = tariff.deal?.months
  const left = random.uniform()
  const monthsLeft = months === undefined ? undefined : 1 + Math.floor(months * left * left)
  return { tariff, monthsLeft }
}

/** Which tariffs: those that a visitor may be on, new or old, or those that are shown. */
const WHICH = {
  variable: (tariff: Tariff) => tariff.deal === undefined,
  deals: (tariff: Tariff) => tariff.deal !== undefined,
  onSale: (tariff: Tariff) => tariff.onSale,
}

/** The tariffs sold to a visitor, looked up once per kind of visitor. */
class Sold {
  private readonly lists = new Map<string, Tariff[]>()

  to(visitor: Visitor, which: keyof typeof WHICH): Tariff[] {
    const key = [visitor.region.gsp, visitor.fuel, visitor.meter, visitor.payment, which].join()
    const known = this.lists.get(key)
    if (known !== undefined) return known
    const list = TARIFFS.filter(
      (tariff) =>
        WHICH[which](tariff) &&
        tariff.fuel === visitor.fuel &&
        tariff.regions.includes(visitor.region) &&
        tariff.meters.includes(visitor.meter) &&
        tariff.payments.includes(visitor.payment),
    )
    this.lists.set(key, list)
    return list
  }
}
