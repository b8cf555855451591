import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where what was downloaded or built once is kept for all clones; `xdgCacheHome` as the environment has it. */
export function cacheFolder(xdgCacheHome?: string): string {
  return join(xdgCacheHome ?? join(homedir(), '.cache'), 'tributary')
}
