import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change, Destinations, Estimate, Focus, Report } from './report.ts'
import { render } from './text.ts'

/** An estimate whose observed visits, simulation and model are off by so many standard errors of 0.4, 0.01 and 0.3 points. */
function estimate(expected: number, effective = 800): Estimate {
  const around = (se: number) => ({ se, low: expected - 1.96 * se, high: expected + 1.96 * se })
  const known = effective < 30 ? {} : { in_all: around(0.005), visits: around(0.004) }
  const observed = { visits: Math.ceil(effective * 1.2), effective }
  return { expected, observed, ...known, monte_carlo: around(0.0001), parameters: around(0.003) }
}

const change = (before: number, after: number, effective?: number): Change => ({
  unchanged: estimate(before, effective),
  hypothetical: estimate(after, effective),
  change: estimate(after - before, effective),
})
const launched = (share: number, effective?: number): Change => ({
  hypothetical: estimate(share, effective),
  change: estimate(share, effective),
})
const to = (no_switch: number, focus: number, ...suppliers: number[]): Destinations => ({ no_switch, focus, suppliers })
const moved = (share: number, by: number) => ({ share: estimate(share), change: estimate(by) })
const levels = { low: 1700, medium: 2500, high: 3800 }
const economy7 = { low: 1900, medium: 3400, high: 5800 }
const gas = { low: 6000, medium: 9500, high: 14_000 }

const focus: Focus = {
  ...{ id: 'acme-12', supplier: 'Acme', name: 'Fix 12', share: launched(0.02), share_of_switches: 0.1, shown: 0.5 },
  position: { mean: 2.5, distribution: [0.5, 0, 0.5] },
  volume: {
    own: estimate(0.021),
    others: estimate(-0.001),
    sources: [
      { id: 'no_switch', supplier: '', share: estimate(0.014), of_all: 2 / 3 },
      { id: 'bolt-24', supplier: 'Bolt', share: estimate(0.007, 29), of_all: 1 / 3 },
    ],
  },
}

const report: Report = {
  ...{ schema: 2, scenario: 'Undercut', visits: 900_000, seed: 1, order: 'annual_cost', parameter_draws: 200 },
  observed: { visits: 1200, people: 1000, effective: 812.4 },
  typical_consumption: { from: '2026-07-01', electricity_kwh: levels, economy7_kwh: economy7, gas_kwh: gas, source: 'Ofgem' },
  ...{
    focus,
    no_switch: change(0.8, 0.78),
    tariffs: [],
    other_edits: { no_switch: estimate(-0.006), tariffs: [], suppliers: [] },
  },
  suppliers: [
    { supplier: 'Acme', ...change(0.1, 0.12) },
    { supplier: 'Bolt', ...change(0.1, 0.1) },
  ],
  breakdowns: [
    {
      by: ['usage', 'payment'],
      segments: [
        {
          ...{
            values: ['low', 'prepayment'],
            names: ['Low', 'Prepayment'],
            visits: 100,
            observed: { visits: 40, effective: 29.4 },
          },
          ...{ focus: launched(0.01, 29.4), no_switch: change(0.9, 0.9, 29.4), saving_gbp: [10, 11.5] },
          ...{ unchanged: to(90, 0, 5, 5), hypothetical: to(89, 1, 5, 5) },
        },
      ],
    },
  ],
  flows: [
    {
      supplier: 'Acme',
      own: true,
      visits: 1000,
      observed: { visits: 50, effective: 40 },
      unchanged: to(900, 0, 50, 50),
      hypothetical: to(890, 10, 50, 50),
      tariffs: [],
    },
    {
      supplier: 'Bolt',
      own: false,
      visits: 500,
      observed: { visits: 40, effective: 29.4 },
      unchanged: to(400, 0, 50, 50),
      hypothetical: to(370, 30, 50, 50),
      tariffs: [],
    },
  ],
  saving: { per_visit_gbp: [1, 2], per_switch_gbp: [1, 2] },
  sweeps: [],
}

const section = (report: Report, heading: string) => {
  const sections = render(report).split('\n\n')
  return (sections.find((lines) => lines.startsWith(heading)) ?? assert.fail(`no ${heading}`)).split('\n').slice(1)
}

const cells = (line: string) => line.trim().split(/ {2,}/)

test('a report with a gap says so before any figure, and which replays are missing', () => {
  const lost = Array.from({ length: 10 }, (_, chunk) => `shares-${chunk}`)
  const lines = render({ ...report, gap: { visits_lost: 100_000, replays_lost: 10, replays: 400, lost } }).split('\n')
  assert.deepEqual(lines.slice(4, 7), [
    'INCOMPLETE: a part of the work was lost, and all figures are of what is left',
    '10 of 400 replays are missing, and with them 100,000 visits',
    'Missing: shares-0, shares-1, shares-2, shares-3, shares-4, shares-5, shares-6, shares-7 and 2 more',
  ])
  assert.ok(!render(report).includes('INCOMPLETE'))
})

test('a share has its interval in all first, then its three sources, and no more digits than these leave sense in', () => {
  assert.deepEqual(section(report, 'Acme, Fix 12 (acme-12)').slice(0, 5).map(cells), [
    ['Share of all visits', '2.00 %', 'new in this market'],
    ['95 %, in all', '1.02 to 2.98 %', 'all three together'],
    ['observed visits', '1.22 to 2.78 %', '960 are shown it, effective 800'],
    ['simulation', '1.980 to 2.020 %', 'narrower with more visits'],
    ['model', '1.41 to 2.59 %', "200 draws of the model's parameters"],
  ])
})

test('too few observed visits are said to be too few, wherever a share is shown', () => {
  const few = { ...focus, share: launched(0.02, 29) }
  const rows = section({ ...report, focus: few }, 'Acme, Fix 12 (acme-12)')
  assert.match(rows[0] ?? '', /Share of all visits +~2\.0 % /)
  assert.match(rows[1] ?? '', /in all +too few +effective people: 30 are the least$/)
  assert.match(rows[3] ?? '', /simulation +too few /)
  assert.deepEqual(cells(rows[5] ?? '').slice(1), ['~10.00 %'])
  assert.deepEqual(cells(rows[7] ?? '').slice(1), ['mean ~2.5', 'top ~50.0 %, top 3 ~100.0 %, top 10 ~100.0 %'])
  assert.match(rows[2] ?? '', /observed visits +too few +35 are shown it, effective 29\.0$/)
  assert.match(section(report, 'Whom it takes')[2] ?? '', /Bolt: bolt-24 +~0\.7 pp +too few \(29\.0\) +~33\.3 %/)
  assert.match(
    section(report, 'By usage and payment')[1] ?? '',
    /Low, Prepayment +29\.4 +~1\.0 % +too few \(29\.4\) +~90\.0 % +~90\.0 % +~£10\.00 +~£11\.50$/,
  )
})

test('source of volume is of the own edits, and what the others do is told apart', () => {
  const [, noSwitch] = section(report, 'Whom it takes share from by its own edits, +2.10 pp in all')
  assert.match(noSwitch ?? '', /^ {2}no switch +1\.40 pp +0\.42 to 2\.38 pp +66\.7 % +█{6}$/)
  const others = section(report, 'What the other edits do')
  assert.match(others[1] ?? '', /Acme: acme-12 +-0\.10 pp +-1\.08 to \+0\.88 pp$/)
  assert.match(others[2] ?? '', /no switch +-0\.60 pp/)
  const own = { ...estimate(-0.021), in_all: { se: 0.001, low: -0.03, high: -0.01 } }
  const sources = focus.volume.sources.map(({ share, ...source }) => ({ ...source, share: estimate(-share.expected) }))
  const losing = { ...focus, volume: { own, sources: sources.reverse() } }
  const lost = section({ ...report, focus: losing }, 'Whom it loses share to by its own edits, -2.10 pp in all')
  assert.match(lost[1] ?? '', /^ {2}no switch +1\.40 pp +0\.42 to 2\.38 pp/)
})

test('who comes over: own customers are told apart, and of the others those that most come from are first', () => {
  const rows = section(report, 'Who comes over').map(cells)
  assert.deepEqual(rows.slice(0, 2), [['visits', 'come over', 'of all'], ['by present supplier']])
  assert.deepEqual(rows[2]?.slice(0, 4), ['own customers (Acme)', '1,000', '1.00 %', '25.0 %'])
  assert.deepEqual(rows[3], ['Bolt', '500', '~6.00 %', '~75.0 %', '█'.repeat(6)])
})

test('usage is against the typical values of a day', () => {
  assert.deepEqual(section(report, 'By usage and payment').slice(-3), [
    '  typical consumption in force from 2026-07-01, kWh a year: electricity 1,700, 2,500, 3,800,',
    '  on Economy 7 1,900, 3,400, 5,800; of visits that compare gas alone 6,000, 9,500, 14,000',
    '  (Ofgem)',
  ])
})

test('without the model in them, intervals do not say that they are of all three', () => {
  const without = ({ parameters: _, ...rest }: Estimate): Estimate => rest
  const launch = { hypothetical: without(launched(0.02).hypothetical), change: without(launched(0.02).change) }
  const bare = { ...report, no_switch: launch, focus: { ...focus, share: launch } }
  const rows = section(bare, 'Acme, Fix 12 (acme-12)')
  assert.match(rows[1] ?? '', /observed visits and simulation; the model's is not in it$/)
  assert.match(section(bare, 'Undercut').at(-1) ?? '', /^95 %, in all: observed visits and simulation; the model's is not in it$/)
  assert.ok(!render(report).includes("the model's is not in it"))
})

test('a sweep names its tariff, its prices and its steps as they are, and what it does to the focus and to each supplier', () => {
  const steps = [-7.25, 0, 12]
  const points = steps.map((step) => ({
    ...{ step, tariff: moved(0.02 - step / 1000, -step / 1000), focus: moved(0.02, step / 2000) },
    ...{ no_switch: moved(0.78, step / 4000), suppliers: [moved(0.12, step / 2000), moved(0.1, 0)] },
    prices: { electricity_p_kwh: 27, electricity_p_day: 51 + step / 10, typical_year_gbp: 861.15 + 3.65 * step },
  }))
  const swept = { id: 'bolt-24', supplier: 'Bolt', name: 'Two years', moves: 'standing_charge_percent', points }
  const limited = { ...swept, fuel: 'electricity', regions: ['_A', '_C'], payments: ['prepayment'] }
  const what = 'electricity standing charges in _A, _C for prepayment'
  const own = section({ ...report, sweeps: [limited] }, `Share of Bolt, Two years (bolt-24) by its ${what}`).map(cells)
  assert.deepEqual(own.slice(0, 2), [
    ['elec p/day', '£ a year', 'share', '95 %, in all'],
    ['-7.25 %', '50.27', '834.69', '2.73 %', '1.75 to 3.71 %', '█'.repeat(6)],
  ])
  assert.match(own.at(-2)?.join() ?? '', /medium typical consumption in force from 2026-07-01, 2,500 kWh electricity$/)
  assert.match(own.at(-1)?.join() ?? '', /mean of all places/)
  const night = points.map((point) => ({
    ...point,
    prices: { day_p_kwh: 30, night_p_kwh: 12, gas_p_kwh: 6, typical_year_gbp: 900 },
  }))
  const economy7 = section({ ...report, sweeps: [{ ...swept, points: night }] }, 'Share of Bolt, Two years')
  assert.match(economy7.at(-1) ?? '', /, 3,400 kWh on Economy 7 \(42 % at night\), 9,500 kWh gas$/)
  const others = section({ ...report, sweeps: [swept] }, 'What others and each supplier gain by the standing charges of bolt-24')
  assert.deepEqual(others.map(cells), [
    ['-7.25 %', '0 %', '+12 %'],
    ['Acme: acme-12', '-0.36 pp', '0.00 pp', '+0.60 pp'],
    ['no switch', '-0.18 pp', '0.00 pp', '+0.30 pp'],
    ['Acme', '-0.36 pp', '0.00 pp', '+0.60 pp'],
  ])
  const set = points.map((point) => ({ ...point, step: 24.505 }))
  const priced = section(
    { ...report, sweeps: [{ ...swept, moves: 'unit_rate_to_pence', points: set }] },
    'Share of Bolt, Two years',
  )
  assert.deepEqual(priced.map(cells)[1]?.slice(0, 2), ['24.505 p', '27.00'])
})

test('changes of savings are in pounds', () => {
  const changes = (after: number) => render({ ...report, saving: { per_visit_gbp: [1, after], per_switch_gbp: [1, 1] } })
  assert.match(changes(1.23), /£1\.00 +£1\.23 +\+£0\.23\n.*£1\.00 +£1\.00 +£0\.00/)
  assert.match(changes(0.5), /£0\.50 +-£0\.50/)
})
