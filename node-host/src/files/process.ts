// Processes as files name them, so that one is told from those after it that get its id.

import { readFileSync } from 'node:fs'

/** What names this process: its id, and where the system says so, when it started. */
export function ownMark(): string {
  return [process.pid, startOf(process.pid)].filter((number) => number !== undefined).join(' ')
}

/** Whether another process is at work that a mark, or a mere id, names. */
export function isRunning(mark: string): boolean {
  const [pid = 0, start] = mark.split(' ').map(Number)
  // One that had our id is gone.
  if (!(pid > 0) || pid === process.pid || !isThere(pid)) return false
  const started = startOf(pid)
  return started === undefined || (started !== ENDED && (start === undefined || started === start))
}

/** Of a process that has ended, and only waits for its parent to hear of it. */
const ENDED = -1

/** When a process started, in the system's ticks; nothing where the system does not say. */
function startOf(pid: number): number | undefined {
  try {
    // PID (NAME) STATE …, the start as field 22; the name may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return /[ZX]/i.test(fields[0] ?? '') ? ENDED : Number(fields[19])
  } catch {
    return undefined
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
