import { NUMBER } from "./arguments.js";

const WORDS = new Map([
  ["nan", Number.NaN],
  ["inf", Number.POSITIVE_INFINITY],
  ["infinity", Number.POSITIVE_INFINITY],
]);

function parseNumber(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  const [, sign, word = ""] = /^([+-]?)([a-z]+)$/i.exec(text) ?? [];
  const value = WORDS.get(word.toLowerCase());
  return value !== undefined && sign === "-" ? -value : value;
}

/** The numbers of a table, row by row, and how many a row has. */
export interface Rows {
  readonly values: Float64Array;
  readonly columns: number;
}

/**
 * Reads numbers with commas between them, as np.loadtxt does; lines without anything are skipped.
 *
 * @param skip how many lines come before the numbers
 * @throws on what is no number, and on lines of different lengths
 */
export async function* parseCsv(name: string, chunks: AsyncIterable<Uint8Array>, skip: number): AsyncGenerator<Rows> {
  const decoder = new TextDecoder();
  let rest = "";
  let line = 0;
  let columns = 0;
  const parse = (text: string): Rows => {
    const lines = text.split("\n");
    const values: number[] = [];
    for (const each of lines) {
      if (++line <= skip || each.trim() === "") continue;
      const fields = each.split(",");
      columns ||= fields.length;
      if (fields.length !== columns)
        throw new Error(`${name} has ${fields.length} fields in line ${line}, but ${columns} before it.`);
      fields.forEach((field, column) => {
        const value = parseNumber(field.trim());
        if (value !== undefined) values.push(value);
        else throw misfit(name, line, column, field.trim(), skip);
      });
    }
    return { values: Float64Array.from(values), columns };
  };
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const end = rest.lastIndexOf("\n");
    if (end < 0) continue;
    yield parse(rest.slice(0, end));
    rest = rest.slice(end + 1);
  }
  yield parse(rest + decoder.decode());
}

function misfit(name: string, line: number, column: number, field: string, skip: number): Error {
  const shown = field.length > 40 ? `${field.slice(0, 40)}...` : field;
  if (field !== "" && field.split(/[;\s]+/).every((part) => parseNumber(part) !== undefined))
    return new Error(
      `${name} has ${JSON.stringify(shown)} in line ${line} where a number was expected: numbers need commas between them.`,
    );
  if (line === skip + 1 && field !== "")
    return new Error(
      `${name} has ${JSON.stringify(shown)} in line ${line} where a number was expected: if it is a header, skip it with --skip-header ${line}.`,
    );
  const found = field === "" ? "nothing" : JSON.stringify(shown);
  return new Error(
    `${name} has ${found} in line ${line}, column ${column + 1}, where a number was expected (nan is one).`,
  );
}

/** A number as the shortest decimal that reads as the same; NaN and infinity in NumPy's words. */
export function format(value: number, single: boolean): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0";
  for (let digits = 6; single && digits < 10; ++digits) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}
