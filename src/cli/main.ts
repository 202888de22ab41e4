#!/usr/bin/env node
import { parse } from "./arguments.js";
import { OPTIONS as DEMO, demoCommand } from "./demo.js";
import { aboutFile, UsageError } from "./errors.js";
import { OPTIONS as GRADIENT, gradientCommand } from "./gradient.js";
import { help } from "./help.js";

declare const __VERSION__: string;

const COMMANDS = {
  gradient: { options: GRADIENT, run: gradientCommand },
  demo: { options: DEMO, run: demoCommand },
};

async function run([name, ...args]: string[]): Promise<void> {
  if (name === undefined) throw new UsageError("A command is missing: gradient or demo; steepest --help says more.");
  if (name === "--version") return void process.stdout.write(`${__VERSION__}\n`);
  if (name === "--help" || name === "-h" || name === "help") return void process.stdout.write(help(args[0]));
  if (!Object.hasOwn(COMMANDS, name))
    throw new UsageError(`There is no command ${JSON.stringify(name)}; there are gradient, demo and help.`);
  const command = COMMANDS[name as keyof typeof COMMANDS];
  const parsed = parse(name, args, command.options);
  if (parsed.values["help"] !== undefined) process.stdout.write(help(name));
  else await command.run(parsed);
}

let failed = false;

function fail(error: unknown): void {
  // What fails to be written fails for the stream, and again for who writes.
  if (failed) return;
  failed = true;
  process.exitCode = error instanceof UsageError ? 2 : 1;
  // Who reads no further, as `head` does, need not be told.
  if ((error as NodeJS.ErrnoException).code === "EPIPE") return;
  const text = error instanceof Error ? error.message : String(error);
  // One line, whatever bytes of a file it quotes.
  const sentence = text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\p{Cc}/gu, "?")
    .replace(/[^.]$/, "$&.");
  process.stderr.write(`steepest: ${sentence}\n`);
}

process.stdout.on("error", (error) => fail(aboutFile("standard output", error)));
run(process.argv.slice(2)).catch(fail);
