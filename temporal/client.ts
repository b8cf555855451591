import { Client, Connection } from '@temporalio/client'

export type Temporal = {
  client: Client
  connection: Connection
  /** Whether the server answers within a second. */
  isReady(): Promise<boolean>
  close(): Promise<void>
}

/** Connects at first use, so that an API whose Temporal is away still starts, answers, and says so on /ready. */
export function connectTemporal(options: { address: string; namespace: string }): Temporal {
  const connection = Connection.lazy({ address: options.address })
  const client = new Client({ connection, namespace: options.namespace })
  return {
    client,
    connection,
    isReady: () =>
      connection
        .withDeadline(Date.now() + 1000, () => connection.workflowService.getSystemInfo({}))
        .then(
          () => true,
          () => false,
        ),
    close: () => connection.close(),
  }
}
