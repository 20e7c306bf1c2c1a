import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/webview/**', 'test/host/**', 'test/e2e/**', 'test/rigs/**'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Most of a test's time is that of the processes it starts: one more than the default keeps two cores at work.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'rigs',
          include: ['test/rigs/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // A stand-in starts servers and jobs of its own: more than two at a time would only wait for each other.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
          // A busy machine may take seconds to draw what a person would simply wait for.
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        test: {
          name: 'webview',
          include: ['test/webview/**/*.test.ts'],
          environment: 'jsdom',
          testTimeout: 20_000,
        },
      },
    ],
  },
});
