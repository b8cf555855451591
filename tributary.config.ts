import { defineConfig } from './connectors/define-config.ts'

/** The connectors of this deployment. Left out, `enabled` means all folders of connectors/. */
export default defineConfig({
  connectors: {
    // enabled: ['csv', 'hubspot', 'postgres', 'stripe'],
    // external: ['./my-connectors/acme-helpdesk', '@example/tributary-connector-acme'],
  },
})
