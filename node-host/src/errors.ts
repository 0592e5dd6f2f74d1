// Errors that are no bugs: what is for the person at the keyboard, printed as it is, without a stack; and what the world refused.

/** Something that is not a bug. */
export class Complaint extends Error {
  readonly exitCode: number = 1
}

/** The command was not asked for rightly, or a file of the user's is wrong. */
export class UsageError extends Complaint {
  override readonly exitCode = 2
}

/** What AWS or Redis refused, as components are told. `retry: false` says that trying again will not help. */
export class HostFailure extends Error {
  readonly retry: boolean

  constructor(message: string, retry: boolean) {
    super(message)
    this.name = 'HostFailure'
    this.retry = retry
  }
}

/** What an error of the file system means, in words. */
export function fileProblem(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return PROBLEMS[code] ?? (error instanceof Error ? error.message : String(error))
}

const PROBLEMS: Record<string, string> = {
  EACCES: 'permission denied',
  EEXIST: 'a file is in the way',
  EISDIR: 'it is a folder',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a file is in the way',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
}
