/** With the latency of a real source and its rate limits: how much of what it allows is used, and how many requests that takes. */
import { onStage, showTable, type Bench } from '../bench.ts'
import { interleave, type Contender, type Run } from '../contender.ts'
import { installNpmPeers } from '../install.ts'
import { oursWithin } from '../ours/contender.ts'
import { pacedPeer } from '../peers/contenders.ts'
import { median, show, type Row } from '../table.ts'

const LATENCY_MS = 200
const PAGE = 100
/** Stripe's, of an endpoint; two of them stay below its 100 of an account. */
const PER_SECOND = 25
const ENDPOINTS = 2

export async function budget(bench: Bench): Promise<void> {
  const { paced, peers, say } = { ...bench, ...bench.options }
  if (peers) await installNpmPeers(say)
  const contenders: Contender[] = [oursWithin, ...(peers ? [pacedPeer(PER_SECOND * ENDPOINTS)] : [])]
  const runs = await onStage(bench, { customers: paced, charges: paced }, async (stage) => {
    await stage.sandbox.faults({ latency: LATENCY_MS })
    return interleave(contenders, 1, stage, say)
  })
  const title = `${LATENCY_MS} ms latency, ${PER_SECOND} requests/s an endpoint`
  showTable(
    bench,
    title,
    [...runs].map(([name, of]) => toRow(name, paced, of)),
  )
}

function toRow(name: string, each: number, runs: Run[]): Row {
  const pages = Math.ceil(each / PAGE)
  const seconds = median(runs.map((run) => run.seconds))
  const requests = median(runs.map((run) => run.requests))
  const failed = runs.find((run) => run.wrong)
  return {
    contender: name,
    'objects/s': failed ? `failed (${failed.wrong})` : show((ENDPOINTS * each) / seconds),
    'budget used': `${show((100 * pages) / PER_SECOND / seconds)} %`,
    requests: show(requests),
    'least possible': show(ENDPOINTS * pages),
    'over it': `${show(100 * (requests / (ENDPOINTS * pages) - 1))} %`,
  }
}
