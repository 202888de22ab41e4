import { type ChildProcess, spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { Browser } from "./browsers.js";

/**
 * The few commands of W3C WebDriver that a page needs, for browsers that speak nothing else: WebKit.
 *
 * @see https://www.w3.org/TR/webdriver2/
 */
export class WebDriver implements Browser {
  readonly #processes: ChildProcess[];
  readonly #server: string;
  readonly #patience: number;
  #session = "";

  private constructor(processes: ChildProcess[], server: string, patience: number) {
    this.#processes = processes;
    this.#server = server;
    this.#patience = patience;
  }

  /** Starts the driver, with a display of its own where there is none, and a session. */
  static async launch(program: string, patience: number): Promise<WebDriver> {
    const port = await freePort();
    const processes: ChildProcess[] = [];
    const env = { ...process.env };
    if (env["DISPLAY"] === undefined) {
      const xvfb = spawn("Xvfb", ["-displayfd", "3", "-nolisten", "tcp"], {
        stdio: ["ignore", "ignore", "ignore", "pipe"],
      });
      processes.push(xvfb);
      env["DISPLAY"] = `:${await firstLine(xvfb.stdio[3] as NodeJS.ReadableStream)}`;
    }
    processes.push(spawn(program, [`--port=${port}`], { env, stdio: "ignore" }));
    const driver = new WebDriver(processes, `http://127.0.0.1:${port}`, patience);
    try {
      await driver.#untilItAnswers();
      const { sessionId } = (await driver.#send("POST", "/session", { capabilities: {} })) as { sessionId: string };
      driver.#session = `/session/${sessionId}`;
    } catch (error) {
      await driver.close();
      throw error;
    }
    return driver;
  }

  async textOf(address: string): Promise<string> {
    await this.open(address);
    const text = await this.until("return document.body.textContent.trim()");
    if (text === undefined) throw new Error(`${address} stays empty.`);
    return text as string;
  }

  async open(url: string): Promise<void> {
    await this.#send("POST", `${this.#session}/url`, { url });
  }

  /** What a script returns once that is truthy; undefined if it never is. */
  async until(script: string): Promise<unknown> {
    for (const start = Date.now(); Date.now() - start < this.#patience; await setTimeout(50)) {
      const result = await this.#send("POST", `${this.#session}/execute/sync`, { script, args: [] });
      if (result) return result;
    }
    return undefined;
  }

  async close(): Promise<void> {
    if (this.#session) await this.#send("DELETE", this.#session);
    for (const each of this.#processes.reverse()) each.kill();
  }

  async #untilItAnswers(): Promise<void> {
    for (const start = Date.now(); ; await setTimeout(50)) {
      try {
        await this.#send("GET", "/status");
        return;
      } catch (error) {
        if (Date.now() - start > this.#patience) throw error;
      }
    }
  }

  async #send(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(this.#server + path, { method, ...(body && { body: JSON.stringify(body) }) });
    const { value } = (await response.json()) as { value: unknown };
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`);
    return value;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream) {
    text += chunk;
    if (text.includes("\n")) break;
  }
  return text.trim();
}
