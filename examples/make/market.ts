// tariffs.csv and rates.csv: every supplier's tariffs, and their rates as exact decimals in pence.

import { capLevel, type Level, type Meter, type Payment, REGIONS, type Region } from './cap.ts'
import { Random } from './random.ts'
import { type Deal, type Fuel, SUPPLIERS, type Supplier } from './suppliers.ts'
import { csv, decimal } from './text.ts'

export type Tariff = {
  id: string
  supplier: Supplier
  name: string
  fuel: Fuel
  /** Absent for the supplier's variable tariff. */
  deal?: Deal
  green: boolean
  onSale: boolean
  /** Unit rate and standing charge, percent against the cap. */
  unit: number
  standing: number
  meters: readonly Meter[]
  payments: readonly Payment[]
  regions: readonly Region[]
}

export const TARIFFS: readonly Tariff[] = SUPPLIERS.flatMap((supplier) => [
  ...supplier.fuels.map((fuel) => variableTariff(supplier, fuel)),
  ...supplier.deals.map((deal) => dealTariff(supplier, deal)),
])

export function tariffsCsv(): string {
  const rows = TARIFFS.map((tariff) => [
    tariff.id,
    tariff.supplier.name,
    tariff.name,
    tariff.fuel,
    tariff.deal?.kind ?? 'variable',
    `${tariff.deal?.months ?? ''}`,
    `${tariff.deal?.fee ?? 0}`,
    yesNo(tariff.green),
    tariff.supplier.rating.toFixed(1),
    `${(tariff.fuel === 'dual' && tariff.supplier.variable.discount) || 0}`,
    tariff.meters.join('|'),
    tariff.payments.join('|'),
    tariff.supplier.regions === 'all' ? 'all' : tariff.regions.map((region) => region.gsp).join('|'),
    yesNo(tariff.onSale),
  ])
  const columns =
    'tariff_id,supplier,name,fuel,kind,term_months,exit_fee_gbp,green,supplier_rating,dual_fuel_discount_gbp,' +
    'meters,payments,regions,on_sale'
  return csv(['Synthetic tariffs of invented suppliers.'], columns, rows)
}

export function ratesCsv(): string {
  const columns =
    'tariff_id,region,meter,payment,vat,elec_standing_p_day,elec_unit_p_kwh,elec_night_p_kwh,' +
    'gas_standing_p_day,gas_unit_p_kwh'
  const level = "Synthetic rates, scaled from the level of Ofgem's default tariff cap of July to September 2025."
  return csv([level], columns, TARIFFS.flatMap(rateRows))
}

function variableTariff(supplier: Supplier, fuel: Fuel): Tariff {
  const { unit, standing, green = false, closed = false } = supplier.variable
  return {
    ...common(supplier, fuel),
    id: `${supplier.slug}-${fuel}-variable`,
    name: green ? 'Flexible Green' : 'Flexible',
    green,
    onSale: !closed,
    unit,
    standing,
  }
}

function dealTariff(supplier: Supplier, deal: Deal): Tariff {
  const { fuel, kind, months, edition, green = false, legacy = false, unit, standing } = deal
  const both = common(supplier, fuel)
  const id = [supplier.slug, fuel, green ? 'green' : '', kind, `${months}`, edition ?? ''].filter((part) => part !== '')
  const title = edition === undefined ? '' : ` ${titleCase(edition)}`
  return {
    ...both,
    id: id.join('-'),
    name: `${green ? 'Green ' : ''}${titleCase(kind)} ${months} Months${title}`,
    deal,
    green,
    onSale: !legacy,
    unit,
    standing,
    meters: both.meters.filter((meter) => deal.meters?.includes(meter) ?? true),
    payments: both.payments.filter((payment) => deal.payments?.includes(payment) ?? true),
  }
}

function common(supplier: Supplier, fuel: Fuel) {
  const { regions, payments } = supplier
  return {
    supplier,
    fuel,
    meters: supplier.meters.filter((meter) => fuel !== 'gas' || meter === 'single'),
    payments,
    regions: REGIONS.filter((region) => regions === 'all' || regions.includes(region.gsp)),
  }
}

/** A tariff's rows of rates.csv. */
export function rateRows(tariff: Tariff): string[][] {
  const random = new Random(`rates/${tariff.id}`)
  return tariff.regions.flatMap((region) => {
    // Half a percent of regional colour. Variable tariffs only go down, for they may not exceed the cap.
    const colour = tariff.deal === undefined ? random.between(-0.5, 0) : random.between(-0.5, 0.5)
    return tariff.meters.flatMap((meter) =>
      tariff.payments.map((payment) => [
        tariff.id,
        region.gsp,
        meter,
        payment,
        tariff.supplier.vat,
        ...rates(tariff, capLevel(region, meter, payment), meter, colour),
      ]),
    )
  })
}

function rates(tariff: Tariff, cap: Level, meter: Meter, colour: number): string[] {
  const unit = (pence: number) => price(tariff.supplier, pence * (1 + (tariff.unit + colour) / 100), 3)
  const standing = (pence: number) => price(tariff.supplier, pence * (1 + tariff.standing / 100), 2)
  const electricity = tariff.fuel !== 'gas'
  return [
    electricity ? standing(cap.elecStanding) : '',
    electricity ? unit(cap.elecUnit) : '',
    electricity && meter === 'economy7' ? unit(cap.elecNight) : '',
    tariff.fuel === 'electricity' ? '' : standing(cap.gasStanding),
    tariff.fuel === 'electricity' ? '' : unit(cap.gasUnit),
  ]
}

/** A price as suppliers set it: without VAT, rounded down to `decimals`; with VAT it has two decimals more, exactly. */
function price(supplier: Supplier, penceWithVat: number, decimals: number): string {
  const net = Math.floor((penceWithVat / 1.05) * 10 ** decimals)
  return supplier.vat === 'included' ? decimal(net * 105, decimals + 2) : decimal(net, decimals)
}

function titleCase(words: string): string {
  return words.replaceAll('-', ' ').replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no'
}
