import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { inProject } from "./run.js";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** Strict: neither eval nor inline scripts, but for an import map, which cannot come from elsewhere. */
const POLICY = "default-src 'self'; script-src 'self' 'nonce-importmap' 'wasm-unsafe-eval'";

/** Serves the project on localhost. */
export async function serve(): Promise<{ address: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url as string, "http://localhost").pathname;
    try {
      const content = await readFile(inProject(path));
      response.setHeader("Content-Security-Policy", POLICY);
      response.setHeader("Content-Type", TYPES[extname(path)] ?? "application/octet-stream");
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, "localhost", listening));
  return { address: `http://localhost:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
