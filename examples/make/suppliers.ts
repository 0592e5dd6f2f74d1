// Sixteen invented suppliers and what each sells. Prices are percent against the cap; no name or deal here is a real one.

import type { Meter, Payment } from './cap.ts'

export type Fuel = 'dual' | 'electricity' | 'gas'

/** A fixed or tracker deal: `unit` and `standing` are percent against the cap, `fee` is GBP per fuel. */
export type Deal = {
  fuel: Fuel
  kind: 'fixed' | 'tracker'
  months: number
  unit: number
  standing: number
  fee: number
  /** Tells apart deals of one supplier, fuel, kind and term. */
  edition?: string
  green?: boolean
  /** No longer on sale, though customers are still on it. */
  legacy?: boolean
  /** Meters and payments, where it is sold for fewer than its supplier serves. */
  meters?: readonly Meter[]
  payments?: readonly Payment[]
}

type Who = {
  name: string
  slug: string
  rating: number
  /** Weight among present customers. */
  share: number
  /** How it publishes rates. */
  vat: 'included' | 'excluded'
}

/** Whom it serves. */
type Sells = {
  fuels: readonly Fuel[]
  meters: readonly Meter[]
  payments: readonly Payment[]
  regions: 'all' | readonly string[]
}

/**
 * Its one variable tariff a fuel, sold wherever the supplier serves; percent against the cap, never above it.
 * `discount` is taken off a year's bill of any of its dual-fuel tariffs, GBP; `closed` to new customers.
 */
type Variable = { unit: number; standing: number; green?: boolean; closed?: boolean; discount?: number }

export type Supplier = Who & Sells & { variable: Variable; deals: readonly Deal[] }

type Terms = Omit<Deal, 'fuel' | 'kind' | 'months' | 'unit' | 'standing' | 'fee'>

const deal =
  (kind: Deal['kind']) =>
  (fuel: Fuel, months: number, unit: number, standing: number, fee: number, terms: Terms = {}): Deal => ({
    fuel,
    kind,
    months,
    unit,
    standing,
    fee,
    ...terms,
  })
const fixed = deal('fixed')
const tracker = deal('tracker')

const supplier = (who: Who, sells: Sells, variable: Variable, deals: readonly Deal[]): Supplier => ({
  ...who,
  ...sells,
  variable,
  deals,
})

const BOTH: readonly Meter[] = ['single', 'economy7']
const SINGLE: readonly Meter[] = ['single']
const ALL: readonly Payment[] = ['direct_debit', 'standard_credit', 'prepayment']
const CREDIT: readonly Payment[] = ['direct_debit', 'standard_credit']
const DEBIT: readonly Payment[] = ['direct_debit']

export const SUPPLIERS: readonly Supplier[] = [
  supplier(
    { name: 'Alderbrook Energy', slug: 'alderbrook', rating: 3.6, share: 20, vat: 'included' },
    { fuels: ['dual', 'electricity', 'gas'], meters: BOTH, payments: ALL, regions: 'all' },
    { unit: 0, standing: 0 },
    [
      fixed('dual', 12, -5.5, 0, 50, { payments: CREDIT }),
      fixed('dual', 12, -8, -2, 75, { edition: 'exclusive', payments: DEBIT }),
      fixed('dual', 24, -4.5, 0, 75, { payments: CREDIT }),
      fixed('electricity', 12, -6, 0, 50, { payments: CREDIT }),
      fixed('gas', 12, -5.5, 0, 50, { payments: CREDIT }),
      fixed('dual', 24, -7, 3, 60, { edition: '2024', legacy: true, payments: CREDIT }),
    ],
  ),
  supplier(
    { name: 'Bramling Power', slug: 'bramling', rating: 3.3, share: 15, vat: 'excluded' },
    { fuels: ['dual', 'electricity', 'gas'], meters: BOTH, payments: ALL, regions: 'all' },
    { unit: 0, standing: -0.5, discount: 10 },
    [
      fixed('dual', 12, -4, 0, 50),
      fixed('dual', 18, -6.5, 0, 60, { payments: CREDIT }),
      fixed('dual', 12, -3, -4, 0, { edition: 'no-exit-fee', payments: DEBIT }),
      fixed('electricity', 24, -5, 0, 50, { payments: CREDIT }),
      fixed('dual', 12, -3, 2, 50, { edition: '2025-spring', legacy: true }),
    ],
  ),
  supplier(
    { name: 'Calderwick', slug: 'calderwick', rating: 3.9, share: 12, vat: 'included' },
    { fuels: ['dual', 'electricity', 'gas'], meters: BOTH, payments: ALL, regions: 'all' },
    { unit: -0.5, standing: 0 },
    [
      fixed('dual', 12, -6.5, 0, 50, { payments: CREDIT }),
      fixed('dual', 24, -5.5, -1, 75, { payments: DEBIT }),
      tracker('dual', 12, -8, 0, 0, { payments: DEBIT }),
      fixed('gas', 12, -6, 0, 40, { payments: CREDIT }),
    ],
  ),
  supplier(
    { name: 'Dunmere Energy', slug: 'dunmere', rating: 4.5, share: 11, vat: 'excluded' },
    { fuels: ['dual', 'electricity'], meters: BOTH, payments: ALL, regions: 'all' },
    { unit: -1, standing: -1 },
    [
      fixed('dual', 12, -7, 0, 0, { payments: CREDIT }),
      fixed('dual', 12, -4, 0, 0, { green: true, payments: DEBIT }),
      tracker('dual', 12, -9, 0, 30, { payments: DEBIT }),
      tracker('electricity', 12, -8.5, 0, 30, { payments: DEBIT }),
      fixed('dual', 12, -10, 0, 25, { edition: '2024-winter', legacy: true, payments: DEBIT }),
    ],
  ),
  supplier(
    { name: 'Eastgarth Energy', slug: 'eastgarth', rating: 3.4, share: 9, vat: 'included' },
    { fuels: ['dual'], meters: BOTH, payments: ALL, regions: 'all' },
    { unit: 0, standing: 0 },
    [
      fixed('dual', 12, -6, 0, 50, { payments: CREDIT }),
      fixed('dual', 24, -7, 0, 75, { payments: DEBIT }),
      fixed('dual', 36, -3.5, 0, 100, { payments: DEBIT }),
      fixed('dual', 12, -4.5, 0, 50, { green: true, payments: DEBIT }),
      fixed('dual', 36, -2, 4, 100, { edition: '2023', legacy: true, payments: CREDIT }),
    ],
  ),
  supplier(
    { name: 'Fennick Lowe', slug: 'fennick-lowe', rating: 3.1, share: 8, vat: 'included' },
    { fuels: ['dual', 'electricity'], meters: BOTH, payments: ALL, regions: 'all' },
    { unit: 0, standing: 0, discount: 15 },
    [
      fixed('dual', 12, -3.5, 0, 40),
      fixed('dual', 24, -4.5, 0, 60),
      fixed('electricity', 12, -4, 0, 40),
      fixed('dual', 24, -5, 0, 60, { edition: '2024', legacy: true }),
    ],
  ),
  supplier(
    { name: 'Gorsley Power', slug: 'gorsley', rating: 4.0, share: 6, vat: 'excluded' },
    { fuels: ['dual'], meters: BOTH, payments: CREDIT, regions: 'all' },
    { unit: -1, standing: 0 },
    [
      fixed('dual', 12, -9, -2, 50),
      fixed('dual', 18, -8, -2, 50, { payments: DEBIT }),
      fixed('dual', 6, -6, 0, 25, { payments: DEBIT }),
    ],
  ),
  supplier(
    { name: 'Harrowby Light', slug: 'harrowby', rating: 4.2, share: 4, vat: 'included' },
    { fuels: ['dual', 'electricity'], meters: BOTH, payments: CREDIT, regions: 'all' },
    { unit: -1.5, standing: 0 },
    [
      fixed('dual', 12, -8, 0, 50),
      fixed('dual', 24, -2.5, 0, 75, { green: true, payments: DEBIT }),
      fixed('electricity', 12, -7.5, 0, 50),
    ],
  ),
  supplier(
    { name: 'Inverlaw Energy', slug: 'inverlaw', rating: 3.8, share: 12, vat: 'excluded' },
    { fuels: ['dual'], meters: BOTH, payments: ALL, regions: ['_F', '_P', '_N'] },
    { unit: -1, standing: -3 },
    [fixed('dual', 12, -8.5, -8, 30, { payments: CREDIT }), fixed('dual', 24, -7, -8, 50, { payments: DEBIT })],
  ),
  supplier(
    { name: 'Jessamy Energy', slug: 'jessamy', rating: 4.4, share: 3, vat: 'excluded' },
    { fuels: ['dual', 'electricity'], meters: SINGLE, payments: DEBIT, regions: 'all' },
    { unit: 0, standing: 0, green: true },
    [
      fixed('dual', 12, -1, 0, 0, { green: true }),
      fixed('dual', 24, -2, 0, 40, { green: true }),
      fixed('electricity', 12, -1.5, 0, 0, { green: true }),
    ],
  ),
  supplier(
    { name: 'Kestlemoor', slug: 'kestlemoor', rating: 3.0, share: 4, vat: 'included' },
    { fuels: ['dual', 'electricity', 'gas'], meters: BOTH, payments: ALL, regions: 'all' },
    { unit: -1, standing: -1 },
    [fixed('dual', 12, -4.5, -2, 25), fixed('electricity', 12, -4, -3, 25)],
  ),
  supplier(
    { name: 'Larkhollow', slug: 'larkhollow', rating: 4.6, share: 2.5, vat: 'excluded' },
    { fuels: ['dual'], meters: SINGLE, payments: DEBIT, regions: 'all' },
    { unit: -2, standing: 0 },
    [fixed('dual', 12, -9, 0, 50), fixed('dual', 24, -8.5, 0, 75), tracker('dual', 12, -7, 0, 0, { green: true })],
  ),
  supplier(
    { name: 'Merrow Gas', slug: 'merrow', rating: 3.5, share: 3, vat: 'included' },
    { fuels: ['dual', 'gas'], meters: SINGLE, payments: CREDIT, regions: 'all' },
    { unit: -0.5, standing: 0, discount: 20 },
    [
      fixed('dual', 12, -6, 0, 40),
      fixed('gas', 12, -8, 0, 40),
      fixed('gas', 24, -6.5, -2, 50, { payments: DEBIT }),
      fixed('gas', 24, -3, 0, 50, { edition: '2024', legacy: true }),
    ],
  ),
  supplier(
    { name: 'Nettlecombe Power', slug: 'nettlecombe', rating: 4.1, share: 5, vat: 'included' },
    { fuels: ['dual'], meters: SINGLE, payments: CREDIT, regions: ['_H', '_K', '_L'] },
    { unit: 0, standing: -2, green: true },
    [fixed('dual', 12, -2, -5, 0, { green: true }), fixed('dual', 24, -3, -5, 30, { green: true })],
  ),
  supplier(
    { name: 'Oakstrand', slug: 'oakstrand', rating: 4.7, share: 1.5, vat: 'excluded' },
    { fuels: ['dual'], meters: SINGLE, payments: DEBIT, regions: 'all' },
    { unit: -2, standing: -2, closed: true },
    [tracker('dual', 12, -10, 0, 0), fixed('dual', 6, -5, 0, 0), fixed('dual', 12, -2, -40, 40, { edition: 'low-standing' })],
  ),
  supplier(
    { name: 'Pellwick Home Energy', slug: 'pellwick', rating: 2.8, share: 1.5, vat: 'included' },
    { fuels: ['dual'], meters: SINGLE, payments: DEBIT, regions: 'all' },
    { unit: -0.5, standing: 0, closed: true },
    [
      fixed('dual', 12, -13, -6, 75),
      fixed('dual', 12, -11, -6, 0, { edition: 'no-exit-fee' }),
      fixed('dual', 12, -14, -4, 75, { edition: 'launch', legacy: true }),
    ],
  ),
]
