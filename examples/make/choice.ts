// What a visit chooses in the market as it is: a draw from the model, over the deals on sale ranked by what each would cost in
// a year. Reckoned here apart from Switchyard, so that fitting the visits tries both.

import { rateRows, TARIFFS, type Tariff } from './market.ts'
import { COEFFICIENTS, type Coefficient } from './model.ts'
import type { Random } from './random.ts'
import type { Visit } from './visits.ts'

type Variable = keyof typeof COEFFICIENTS

/** A deal of these, which are in the order of the market, or undefined: no switch. */
export function choice(random: Random, visit: Visit, deals: readonly Tariff[]): Tariff | undefined {
  const tastes = Object.entries<Coefficient>(COEFFICIENTS).map(([variable, coefficient]) => ({
    variable: variable as Variable,
    taste: taste(random, coefficient),
  }))
  const weight = (variables: Record<Variable, number>) =>
    Math.exp(tastes.reduce((sum, { variable, taste }) => sum + taste * variables[variable], 0))
  const worth = yearGbp(visit, visit.tariff, visit.monthsLeft) - leavingFeeGbp(visit)
  const listed = deals
    .map((deal) => ({ deal, costs: yearGbp(visit, deal, deal.deal?.months) }))
    .sort((a, b) => a.costs - b.costs)
    .map(({ deal, costs }, at) => ({ deal, weight: weight(variables(visit, deal, worth - costs, at + 1)) }))
  return random.pick([{ deal: undefined, weight: weight(OUTSIDE) }, ...listed], ({ weight }) => weight).deal
}

function taste(random: Random, { mean, sd, distribution }: Coefficient): number {
  if (sd === undefined) return mean.value
  const normal = mean.value + sd.value * random.normal()
  return distribution === 'lognormal' ? Math.exp(normal) : normal
}

function variables(visit: Visit, tariff: Tariff, saving: number, position: number): Record<Variable, number> {
  return {
    no_switch: 0,
    saving_gbp: saving,
    log_position: Math.log(position),
    fixed: tariff.deal?.kind === 'fixed' ? 1 : 0,
    tracker: tariff.deal?.kind === 'tracker' ? 1 : 0,
    exit_fee_gbp: exitFeeGbp(tariff),
    supplier_rating: tariff.supplier.rating,
    green: tariff.green ? 1 : 0,
    own_supplier: tariff.supplier === visit.tariff.supplier ? 1 : 0,
  }
}

/** No switch has only its constant. */
const OUTSIDE = Object.fromEntries(
  Object.keys(COEFFICIENTS).map((variable) => [variable, variable === 'no_switch' ? 1 : 0]),
) as Record<Variable, number>

/** A year that begins with `months` of a tariff (all of it, if undefined) and goes on with its supplier's variable one, to the penny. */
function yearGbp(visit: Visit, tariff: Tariff, months = 12): number {
  const own = Math.min(months, 12) / 12
  const rest = own < 1 ? yearPence(visit, variableOf(tariff)) * (1 - own) : 0
  return Math.round(yearPence(visit, tariff) * own + rest) / 100
}

function yearPence(visit: Visit, tariff: Tariff): number {
  const [elecStanding = 0, elecUnit = 0, elecNight = 0, gasStanding = 0, gasUnit = 0] = pence(visit, tariff)
  const night = visit.meter === 'economy7' ? (visit.nightPercent ?? 42) / 100 : 0
  const elecMean = (1 - night) * elecUnit + night * elecNight
  const discount = tariff.fuel === 'dual' ? (tariff.supplier.variable.discount ?? 0) : 0
  return 365 * (elecStanding + gasStanding) + visit.elecKwh * elecMean + visit.gasKwh * gasUnit - discount * 100
}

/** Fuels together. */
function exitFeeGbp(tariff: Tariff): number {
  return (tariff.deal?.fee ?? 0) * (tariff.fuel === 'dual' ? 2 : 1)
}

/** None in the last 49 days of a contract. */
function leavingFeeGbp({ tariff, monthsLeft = 0 }: Visit): number {
  return monthsLeft > 1 ? exitFeeGbp(tariff) : 0
}

function variableOf({ supplier, fuel }: Tariff): Tariff {
  const variable = TARIFFS.find((other) => other.supplier === supplier && other.fuel === fuel && other.deal === undefined)
  if (variable === undefined) throw new Error(`${supplier.name} has no variable tariff for ${fuel}`)
  return variable
}

/** A tariff's rates where a visitor lives, VAT included. */
function pence({ region, meter, payment }: Visit, tariff: Tariff): number[] {
  const rates = RATES.get([tariff.id, region.gsp, meter, payment].join())
  if (rates === undefined) throw new Error(`${tariff.id} is not sold in ${region.gsp}`)
  return rates
}

const RATES = new Map(
  TARIFFS.flatMap(rateRows).map(([id, region, meter, payment, vat, ...rates]) => [
    [id, region, meter, payment].join(),
    rates.map((rate) => Number(rate) * (vat === 'excluded' ? 1.05 : 1)),
  ]),
)
