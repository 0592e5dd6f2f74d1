// Runs that a server before this one left in flight. A Redis holds their leases as long as a part may take; but who has the lock of a
// data folder knows that whoever was at work on what is stored there is gone, and need not wait.

import type { Environment } from '../environment/environment.ts'
import { Complaint } from '../errors.ts'

const CLIENT = 'development server'

/** Has the running runs that are stored here go on at once. Nobody may be watching yet: they are cancelled for a moment. */
export async function takeOver(at: Environment, say: (run: string, message: string) => void): Promise<void> {
  for (const { run, state, bytes = 0 } of await at.runs()) {
    if (state !== 'running' || bytes === 0) continue
    try {
      await at.call('cancel', { run }, CLIENT)
      await at.call('resume', { run }, CLIENT)
      say(run, 'goes on where the server before this one left it')
    } catch (error) {
      if (!(error instanceof Complaint)) throw error
      say(run, `does not go on by itself: ${error.message}`)
    }
  }
}
