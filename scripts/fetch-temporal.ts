/** Finds Temporal's program, and downloads or builds it the first time, before anything that is timed needs it. */
import { launcherConfig } from '../config.ts'
import { cacheFolder } from '../stack/cache-folder.ts'
import { findTemporalBinary } from '../stack/find-temporal.ts'

const { PATH, XDG_CACHE_HOME } = launcherConfig()
console.log(await findTemporalBinary({ path: PATH, cacheDir: cacheFolder(XDG_CACHE_HOME), say: console.log }))
