/** Causes that a newcomer can do something about: what the system says, and what to do. */
const remedies: [RegExp, string][] = [
  [/ENOSPC|No space left on device/, 'The disk is full: free some space and start again.'],
  [
    /EACCES|EPERM|EROFS|Permission denied/,
    'This user may not write there: change the owner of the folder, or use another one.',
  ],
  [/ENOTDIR|EEXIST/, 'There is a file where a folder should be: move it away.'],
  [
    /GLIBC|cannot open shared object file|Exec format error|: not found/,
    'The program does not fit this system (the embedded Postgres needs glibc, which Alpine lacks): use one of your own.',
  ],
  [
    /could not (create|resize) shared memory|Cannot allocate memory|ENOMEM/,
    'There is not enough memory: about 1 GB must be free.',
  ],
]

/** One error for a launcher that failed: what happened, what to do, and the last lines of the program if it ran. */
export function explain(what: string, cause?: unknown, lines: string[] = []): Error {
  const reason = cause instanceof Error ? `: ${cause.message}` : ''
  const evidence = [reason, ...lines].join('\n')
  const remedy = remedies.find(([pattern]) => pattern.test(evidence))?.[1]
  const output = lines.map((line) => `\n  ${line}`).join('')
  const message = [`${what}${reason}.`, remedy].filter(Boolean).join(' ') + output
  return cause === undefined ? new Error(message) : new Error(message, { cause })
}
