// Runs that a server before this one left in flight. A Redis holds their leases as long as a part may take; but who has the lock of a
// data folder knows that whoever was at work on what is stored there is gone, and need not wait.

import type { Environment } from '../environment/environment.ts'
import { Complaint } from '../errors.ts'
import type { LedgerService } from '../local/system.ts'

const CLIENT = 'development server'

/** Has the running runs that are stored here go on at once, and what the others had in flight given up. Nobody may be watching yet:
 * those that run are cancelled for a moment. */
export async function takeOver(
  at: Environment,
  ledger: LedgerService,
  say: (run: string, message: string) => void,
): Promise<void> {
  const stored = (await at.runs()).filter(({ bytes = 0 }) => bytes > 0)
  const runs = (running: boolean) => stored.filter(({ state }) => (state === 'running') === running).map(({ run }) => run)
  // First of all, or those that go on would have to wait for it.
  await ledger.release(at.name, runs(false))
  for (const run of runs(true)) {
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
