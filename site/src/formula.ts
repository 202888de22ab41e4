// The visitor's own formula. Loaded only when there is one.
import { create, type FactoryFunctionMap, type MathNode } from "mathjs/number";
import * as parts from "./formula-parts.js";

// The types of the package have each of these as perhaps absent.
const math = create({ ...parts } as FactoryFunctionMap);

const FUNCTIONS = new Map(
  "abs acos asin atan atan2 cbrt cos cosh exp log max min sign sin sinh sqrt tan tanh"
    .split(" ")
    .map((name) => [name, `Math.${name}`]),
);
const CONSTANTS: Record<string, string> = { pi: "Math.PI", e: "Math.E" };
const OPERATORS: Record<string, string> = { "+": "+", "-": "-", "*": "*", "/": "/", "^": "**" };

export interface Formula {
  /** Takes the variables in their order. */
  evaluate(...values: number[]): number;
  /** The same as JavaScript has it. */
  readonly code: string;
}

/**
 * Reads a formula of some variables: + - * / ^, products without a sign (2x), pi, e, and the functions above.
 *
 * @throws {Error} whose message says what is wrong with it
 */
export function parseFormula(text: string, variables: readonly string[]): Formula {
  if (text.trim() === "") throw new Error(`Enter a formula of ${variables.join(" and ")}.`);
  let node: MathNode;
  try {
    node = math.parse(text);
  } catch (error) {
    throw new Error(`This cannot be read: ${(error as Error).message}.`);
  }
  const code = toJavaScript(node, variables, 0);
  const compiled = node.compile();
  const scope: Record<string, number> = { pi: Math.PI, e: Math.E };
  return {
    code,
    evaluate(...values) {
      for (let i = 0; i < variables.length; ++i) scope[variables[i] as string] = values[i] as number;
      const value: unknown = compiled.evaluate(scope);
      return typeof value === "number" ? value : Number.NaN;
    },
  };
}

/** Of operators, as JavaScript has it; 4 is what needs no parentheses. */
const STRENGTH: Record<string, number> = { "+": 1, "-": 1, "*": 2, "/": 2, "^": 3 };

/** Writes a formula as JavaScript, and refuses what is none: the parser reads a whole language. */
function toJavaScript(node: MathNode, variables: readonly string[], outer: number): string {
  const within = (child: MathNode, strength: number) => toJavaScript(child, variables, strength);
  const wrap = (code: string, strength: number) => (strength < outer ? `(${code})` : code);
  const part = node as MathNode & {
    op: string;
    args: MathNode[];
    fn: { name: string };
    name: string;
    value: unknown;
    content: MathNode;
  };
  switch (node.type) {
    case "ConstantNode":
      if (typeof part.value === "number") return String(part.value);
      break;
    case "ParenthesisNode":
      return within(part.content, outer);
    case "SymbolNode":
      if (variables.includes(part.name)) return part.name;
      if (Object.hasOwn(CONSTANTS, part.name)) return CONSTANTS[part.name] as string;
      if (FUNCTIONS.has(part.name)) throw new Error(`${part.name} needs an argument: ${part.name}(${variables[0]}).`);
      throw new Error(`“${part.name}” is unknown here; the variables are ${variables.join(" and ")}.`);
    case "FunctionNode": {
      const name = FUNCTIONS.get(part.fn.name);
      if (name === undefined) {
        throw new Error(`“${part.fn.name}” is no function here; there are ${[...FUNCTIONS.keys()].join(", ")}.`);
      }
      const takes =
        part.fn.name === "atan2" ? 2 : part.fn.name === "max" || part.fn.name === "min" ? part.args.length : 1;
      if (part.args.length !== takes || takes === 0)
        throw new Error(`${part.fn.name} takes ${takes || "some"} argument${takes === 1 ? "" : "s"}.`);
      return `${name}(${part.args.map((argument) => within(argument, 0)).join(", ")})`;
    }
    case "OperatorNode": {
      const operator = OPERATORS[part.op];
      const [a, b] = part.args as [MathNode, MathNode | undefined];
      if (operator === undefined) break;
      // A sign before a power belongs to all of it, and JavaScript takes none before a base.
      if (b === undefined) return wrap(`${part.op}${within(a, 4)}`, 1.5);
      const strength = STRENGTH[part.op] as number;
      if (part.op === "^") return wrap(`${within(a, 4)} ${operator} ${within(b, 3)}`, strength);
      // Of equals the right one keeps its parentheses: a - (b - c).
      return wrap(`${within(a, strength)} ${operator} ${within(b, strength + 0.5)}`, strength);
    }
  }
  throw new Error(`“${node.toString()}” is not part of a formula here: + − * / ^, functions and numbers are.`);
}
