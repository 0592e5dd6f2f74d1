// Storing what is asked where it is to be answered.

import type { Question } from '../predict/question.ts'
import type { Remote } from './remote.ts'

/** Stores a scenario with its files. */
export async function storeQuestion(remote: Remote, { scenario, files }: Question): Promise<void> {
  for (const { key, bytes } of [scenario, ...files.values()]) {
    // The key tells the bytes: what is there need not be sent.
    if (!(await remote.list(key)).includes(key)) await remote.write(key, bytes)
  }
}
