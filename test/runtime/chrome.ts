import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer, { type Browser } from "puppeteer-core";

/** The first of some programs that is on the PATH. */
export function onPath(...programs: string[]): string | undefined {
  const directories = (process.env["PATH"] ?? "").split(process.platform === "win32" ? ";" : ":");
  return programs.flatMap((program) => directories.map((directory) => join(directory, program))).find(existsSync);
}

const installed =
  process.env["CHROME_PATH"] ?? onPath("google-chrome", "google-chrome-stable", "chromium", "chromium-browser");
const packaged = process.platform === "linux" && process.arch === "x64";

/** Why Chromium cannot run here. */
export const missingChrome =
  installed === undefined && !packaged ? "set CHROME_PATH to a Chrome or Chromium to run it" : undefined;

/** Neither --single-process nor --disable-web-security, as @sparticuz/chromium has them: a browser as users have it. */
const CHROME = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];

/**
 * An installed Chrome, else the one from npm.
 *
 * @param directory where that is unpacked
 */
export async function launchChrome(directory: string): Promise<Browser> {
  const chrome = installed === undefined ? await unpack(directory) : { executablePath: installed };
  return puppeteer.launch({ headless: true, args: CHROME, ...chrome });
}

async function unpack(directory: string): Promise<{ executablePath: string; env: NodeJS.ProcessEnv }> {
  mkdirSync(directory);
  const ours = { ...process.env };
  // It takes any version that it finds unpacked in the directory for temporary files: a directory of its own, then.
  process.env["TMPDIR"] = directory;
  // Has it bring the libraries that a bare Linux lacks.
  process.env["AWS_LAMBDA_JS_RUNTIME"] = "nodejs22.x";
  const executablePath = await (await import("@sparticuz/chromium")).default.executablePath();
  // It brings fonts, but looks for them elsewhere, and without any it dies of the first character that it lacks.
  const fonts = fileURLToPath(new URL("../../node_modules/dejavu-fonts-ttf/ttf", import.meta.url));
  const configuration = join(directory, "fonts.conf");
  writeFileSync(
    configuration,
    `<fontconfig><dir>${fonts}</dir><cachedir>${directory}/fonts-cache</cachedir></fontconfig>`,
  );
  const env = { ...process.env, FONTCONFIG_FILE: configuration };
  // What it sets is for this browser, not for others that start later.
  for (const name of Object.keys(process.env)) if (!(name in ours)) delete process.env[name];
  Object.assign(process.env, ours);
  return { executablePath, env };
}
