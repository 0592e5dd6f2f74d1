import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change, Report } from './report.ts'
import { render } from './text.ts'

const interval = { se: 0.001, low: 0.1, high: 0.2 }
const change: Change = {
  hypothetical: { expected: 0.2, monte_carlo: interval },
  change: { expected: 0.1, monte_carlo: interval },
}
const report: Report = {
  ...{ schema: 1, scenario: 'Undercut', visits: 900_000, seed: 1, order: 'price', parameter_draws: 0 },
  ...{ focus: null, no_switch: change, tariffs: [], suppliers: [], groups: { region: [], payment: [], usage_band: [] } },
  ...{ saving: { per_visit_gbp: [1, 2], per_switch_gbp: [1, 2] }, sweep: [] },
}

test('a report with a gap says so before any figure, and which replays are missing', () => {
  const lost = Array.from({ length: 10 }, (_, chunk) => `shares-${chunk}`)
  const lines = render({ ...report, gap: { visits_lost: 100_000, replays_lost: 10, replays: 400, lost } }).split('\n')
  assert.deepEqual(lines.slice(3, 6), [
    'INCOMPLETE: a part of the work was lost, and all figures are of what is left',
    '10 of 400 replays are missing, and with them 100,000 visits',
    'Missing: shares-0, shares-1, shares-2, shares-3, shares-4, shares-5, shares-6, shares-7 and 2 more',
  ])
  assert.ok(!render(report).includes('INCOMPLETE'))
})

test('changes of savings are in pounds', () => {
  const changes = (after: number) => render({ ...report, saving: { per_visit_gbp: [1, after], per_switch_gbp: [1, 1] } })
  assert.match(changes(1.23), /£1\.00 +£1\.23 +\+£0\.23\n.*£1\.00 +£1\.00 +£0\.00/)
  assert.match(changes(0.5), /£0\.50 +-£0\.50/)
})
