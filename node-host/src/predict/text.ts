// The report for people: its sections, each of which is in a file of text/.

import { count, cut, heading } from '../terminal/text.ts'
import type { Gap, Report } from './report.ts'
import { breakdowns } from './text/breakdowns.ts'
import { NO_MODEL, words } from './text/estimates.ts'
import { flows } from './text/flows.ts'
import { aboutFocus, aboutNoSwitch } from './text/focus.ts'
import { otherEdits, winnersAndLosers } from './text/market.ts'
import { savings } from './text/savings.ts'
import { sweep } from './text/sweeps.ts'
import { volume } from './text/volume.ts'

const TOP = 8

/** The whole report as text, cut on a terminal where it would not fit. */
export function render(report: Report): string {
  const { focus, gap, other_edits } = report
  const isMoved = focus !== null && focus.volume.own.expected !== 0
  const sections = [
    title(report),
    ...(gap ? [incomplete(gap)] : []),
    focus ? aboutFocus(focus, report) : aboutNoSwitch(report),
    ...(isMoved ? [volume(focus.volume)] : winnersAndLosers(report)),
    ...(other_edits && focus ? [otherEdits(other_edits, focus)] : []),
    ...flows(report),
    ...breakdowns(report),
    savings(report),
    ...report.sweeps.flatMap((one) => sweep(one, report)),
  ]
  return sections.map((lines) => lines.join('\n')).join('\n\n')
}

function title({ scenario, visits, observed, seed, order, model_command, no_switch }: Report): string[] {
  const isModelIn = no_switch.hypothetical.parameters !== undefined
  const people = observed.people < observed.visits ? ` by ${count(observed.people)} people` : ''
  const model = model_command === undefined ? [] : [cut(`Choice probabilities by ${model_command}`)]
  return [
    heading(cut(scenario)),
    `${count(visits)} simulated visits, seed ${seed}, results ordered by ${words(order)}`,
    `drawn from ${count(observed.visits)} observed visits${people}, effective ${count(Math.round(observed.effective))}`,
    ...model,
    ...(isModelIn ? [] : [`95 %, in all: observed visits and simulation; ${NO_MODEL}`]),
  ]
}

/** Nobody should take it for the whole. */
function incomplete({ visits_lost, replays_lost, replays, lost }: Gap): string[] {
  const rest = lost.length > TOP ? ` and ${count(lost.length - TOP)} more` : ''
  return [
    heading('INCOMPLETE: a part of the work was lost, and all figures are of what is left'),
    `${count(replays_lost)} of ${count(replays)} replays are missing, and with them ${count(visits_lost)} visits`,
    cut(`Missing: ${lost.slice(0, TOP).join(', ')}${rest}`),
  ]
}
