import { parseArgs } from "node:util";
import { UsageError } from "./errors.js";

export interface Option {
  readonly short?: string;
  /** How many values: none, one, or all arguments up to the next option. */
  readonly takes: "nothing" | "one" | "many";
}

export interface Arguments {
  readonly positionals: readonly string[];
  /** The values of each option that was given. */
  readonly values: { readonly [name: string]: readonly string[] };
}

/** Whether an argument is an option: neither a file, `-` among them, nor a negative number. */
const isOption = (argument: string) => /^-[^\d.]/.test(argument);

/**
 * The arguments of a command.
 *
 * `--axis 0 1` becomes `--axis=0 --axis=1` and `--edge-order -1` becomes `--edge-order=-1` before node:util reads them: it
 * knows neither several values nor negative numbers.
 *
 * @throws {UsageError} on an option that is not there, given twice, without its value or with one that it does not take
 */
export function parse(command: string, args: readonly string[], options: Record<string, Option>): Arguments {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const spread: string[] = [];
  for (let k = 0; k < end; ++k) {
    const name = args[k]!.slice(2);
    const option = args[k]!.startsWith("--") && Object.hasOwn(options, name) ? options[name] : undefined;
    const first = k;
    const most = option?.takes === "many" ? end : option?.takes === "one" ? k + 1 : k;
    while (k + 1 < end && k < most && !isOption(args[k + 1]!)) spread.push(`--${name}=${args[++k]}`);
    if (k === first) spread.push(args[k]!);
  }
  const { tokens } = parseArgs({
    args: [...spread, ...args.slice(end)],
    options: Object.fromEntries(
      Object.entries(options).map(([name, { short, takes }]) => [
        name,
        { type: takes === "nothing" ? ("boolean" as const) : ("string" as const), ...(short && { short }) },
      ]),
    ),
    strict: false,
    tokens: true,
  });

  const positionals: string[] = [];
  const values: Record<string, string[]> = {};
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined) {
      const known = Object.keys(options).map((each) => `--${each}`);
      throw new UsageError(`${command} has no option ${rawName}; it takes ${known.join(", ")}.`);
    }
    if (option.takes === "nothing") {
      if (value !== undefined) throw new UsageError(`${rawName} takes no value; got ${JSON.stringify(value)}.`);
    } else if (value === undefined || value === "" || (!inlineValue && isOption(value))) {
      throw new UsageError(`${rawName} needs a value.`);
    }
    if (option.takes === "one" && values[name] !== undefined)
      throw new UsageError(`${rawName} is given twice; it takes one value.`);
    (values[name] ??= []).push(...(value === undefined ? [] : [value]));
  }
  return { positionals, values };
}

/** A decimal number, as files and options have it. */
export const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** One that is not negative. */
export const UNSIGNED = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The numbers of an option. */
export function numbers(name: string, texts: readonly string[], form = NUMBER, what = "numbers"): number[] {
  return texts.map((text) => {
    if (!form.test(text)) throw new UsageError(`--${name} takes ${what}; got ${JSON.stringify(text)}.`);
    return Number(text);
  });
}

/** The value of an option that is one of a few words. */
export function word<T extends string>(name: string, text: string, words: readonly T[]): T {
  if (!words.includes(text as T))
    throw new UsageError(`--${name} must be ${words.join(" or ")}; got ${JSON.stringify(text)}.`);
  return text as T;
}
