import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds the API: a server, or dev/mock-server.mjs. */
const api = process.env["DEEPFLOW_SERVER_URL"] ?? "http://127.0.0.1:20416";

export default defineConfig({
  // Relative to <base href> of index.html, so that a proxy may serve the UI under a sub-path.
  base: "./",
  plugins: [react()],
  build: {
    outDir: "target/classes/deepflow/web",
    emptyOutDir: true,
    target: ["chrome123", "firefox121", "safari17.5"],
    // Inlined assets would be data: URLs, which the content security policy refuses for scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    // The bundle holds the libraries' code, so their notices go with it.
    license: { fileName: "third-party-licences.txt" },
  },
  server: {
    proxy: { "/api": api, "/v1": api },
  },
  test: {
    include: ["test/**/*.test.ts", "test/**/*.test.tsx"],
    environment: "node",
    env: { TZ: "Asia/Kathmandu", DEBUG_PRINT_LIMIT: "0" },
    restoreMocks: true,
    // For a busy machine; what must be fast says so itself.
    testTimeout: 60_000,
  },
});
