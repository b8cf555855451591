import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '.tributary/**', 'coverage/**'],
    globalSetup: 'stack/test-services.ts',
    pool: 'forks',
    // Half of the time a file waits for Postgres or Temporal, which need the processors too.
    maxWorkers: 3,
    // A busy machine makes a test slow, not wrong.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: ['**/*.ts'],
      // What runs as a process of its own is not seen by the coverage of the process that started it.
      exclude: [
        ...['**/*.test.ts', '*.config.ts', '**/node_modules/**', '**/main.ts', '**/*-main.ts', 'stack/start.ts'],
        'bench/**',
      ],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 80, statements: 80, functions: 80, branches: 75 },
    },
  },
})
