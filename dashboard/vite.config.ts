import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vitest/config';

const api = process.env.CHATWARDEN_API ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [
    tailwindcss(),
    sveltekit({
      adapter: adapter({
        pages: '../src/chatwarden/api/static',
        fallback: 'index.html',
        precompress: true
      }),
      version: { name: process.env.npm_package_version ?? 'development' },
      compilerOptions: { runes: true }
    })
  ],
  // Tests run what browsers run.
  ...(process.env.VITEST ? { resolve: { conditions: ['browser'] } } : {}),
  // A file costs a phone as much as some kilobytes: what several pages share comes as one.
  build: {
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // Base and version: the start sets them before anything that reads them is loaded.
            { name: 'payload', test: /kit\/src\/runtime\/client\/payload\.js$/ },
            { name: 'svelte', test: /node_modules\/(svelte|openapi-fetch)\// },
            { name: 'shared', test: /dashboard\/src\//, minShareCount: 3 }
          ]
        }
      }
    }
  },
  server: { proxy: { '/api': api, '/healthz': api } },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/lib/testing/server.ts'],
    coverage: {
      include: ['src/lib/**/*.{ts,svelte}'],
      exclude: ['src/lib/api/schema.d.ts', 'src/lib/testing/**'],
      thresholds: { lines: 80, statements: 80 }
    }
  }
});
