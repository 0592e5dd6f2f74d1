// What a component cannot do without, refused at once: what is launched is not there to be asked.

import type { Event } from '../environment/environment.ts'
import { RestError } from './rest-error.ts'

type Needed = readonly (readonly [field: string, expected: string])[]

const RUN = ['run', 'the name of a run'] as const
/** By component; all others work on parts. */
const NEEDED: Record<string, Needed> = {
  plan: [['scenario', 'a scenario']],
  fit: [
    ['data', 'the choices: {"visits"} or {"long"}'],
    ['spec', 'a specification'],
  ],
  cancel: [RUN],
  resume: [RUN],
  failed: [RUN, ['component', 'the component that failed'], ['input', 'what was asked of it'], ['reason', 'why it failed']],
}
const OF_PART: Needed = [RUN, ['part', 'the name of a part']]

/** Refuses an event that lacks what its component needs. An envelope, or AWS's record of what failed, is for that to read. */
export function checkAsked(component: string, event: Event): void {
  if (Object.hasOwn(event, 'schema') || Object.hasOwn(event, 'requestPayload')) return
  for (const [field, expected] of NEEDED[component] ?? OF_PART) {
    if (Object.hasOwn(event, field)) continue
    throw new RestError(400, 'request', `${field}: missing, expected ${expected}`, { field })
  }
}

/** Whether a component begins a run, rather than being about one. */
export function beginsRun(component: string): boolean {
  return component === 'plan' || component === 'fit'
}
