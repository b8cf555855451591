import type { Stage, Usage } from './stage.ts'

/** Somebody who reads the sandbox's customers and charges into a fresh database. */
export type Contender = {
  name: string
  /** Of these rounds at most; one is enough for what waits most of the time. */
  rounds?: number
  run(stage: Stage): Promise<Run>
}
/** `wrong`: why the table is not the source's truth. */
export type Run = Usage & { wrong?: string | undefined }

/** Every contender in turn, round after round, so that what the machine does meanwhile hits all alike. */
export async function interleave(
  contenders: Contender[],
  rounds: number,
  stage: Stage,
  say: (line: string) => void,
): Promise<Map<string, Run[]>> {
  const runs = new Map<string, Run[]>(contenders.map(({ name }) => [name, []]))
  for (let round = 1; round <= rounds; round++)
    for (const contender of contenders.filter(({ rounds: most = rounds }) => round <= most)) {
      const run = await contender.run(stage)
      say(
        `  round ${round}: ${contender.name}: ${run.seconds.toFixed(1)} s${run.wrong ? ` (failed: ${run.wrong})` : ''}`,
      )
      runs.get(contender.name)!.push(run)
    }
  return runs
}
