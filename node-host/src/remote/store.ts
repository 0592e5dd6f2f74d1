// Storing what is asked where it is to be answered.

import type { InputBytes, Question } from '../predict/question.ts'
import type { Remote } from './remote.ts'

/** Stores a scenario with its files. */
export function storeQuestion(remote: Remote, { scenario, files }: Question): Promise<void> {
  return storeFiles(remote, [scenario, ...files.values()])
}

/** Stores files. */
export async function storeFiles(remote: Remote, files: readonly InputBytes[]): Promise<void> {
  for (const { key, bytes } of files) {
    // The key tells the bytes: what is there need not be sent.
    if (!(await remote.list(key)).includes(key)) await remote.write(key, bytes)
  }
}
