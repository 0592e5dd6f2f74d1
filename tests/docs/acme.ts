// The market that the scenario of the README is about, small.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const TARIFFS = `tariff_id,supplier,name,fuel,kind,term_months,exit_fee_gbp,green,supplier_rating,dual_fuel_discount_gbp,meters,payments,regions,on_sale
acme-variable,Acme,Variable,dual,variable,,0,no,4.1,0,single,direct_debit,all,yes
bolt-variable,Bolt,Variable,dual,variable,,0,no,3.8,0,single,direct_debit,all,yes
bolt-24,Bolt,Two years,dual,fixed,24,75,yes,3.8,0,single,direct_debit,all,yes
`

/** Writes its tariffs, rates and visits: two regions, and a hundred visits of people on either variable tariff. */
export function writeAcmeMarket(folder: string): void {
  const rates = [
    'tariff_id,region,meter,payment,vat,elec_standing_p_day,elec_unit_p_kwh,elec_night_p_kwh,gas_standing_p_day,gas_unit_p_kwh',
  ]
  for (const [at, tariff] of ['acme-variable', 'bolt-variable', 'bolt-24'].entries()) {
    for (const region of ['_A', '_B'])
      rates.push(`${tariff},${region},single,direct_debit,included,51,${27 - at},,29,${6.5 - at / 4}`)
  }
  const visits = ['visit_id,region,fuel,meter,payment,elec_kwh,gas_kwh,tariff_id,months_left']
  for (let visit = 0; visit < 100; visit += 1) {
    const [region, present] = [visit % 3 ? '_A' : '_B', visit % 2 ? 'acme-variable' : 'bolt-variable']
    visits.push(`v${visit},${region},dual,single,direct_debit,${1500 + 37 * visit},${6000 + 151 * visit},${present},`)
  }
  writeFileSync(join(folder, 'tariffs.csv'), TARIFFS)
  writeFileSync(join(folder, 'rates.csv'), `${rates.join('\n')}\n`)
  writeFileSync(join(folder, 'visits.csv'), `${visits.join('\n')}\n`)
}
