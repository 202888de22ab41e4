import { type Child, h, newId } from "./dom.js";

/** A labelled control. `value` set from outside calls no listener. */
export interface Field<T> {
  readonly element: HTMLElement;
  value: T;
  disabled: boolean;
}

interface NumberOptions {
  label: string;
  value: number;
  /** The least that is taken; `above` if that itself is not. */
  min?: number;
  above?: number;
  max?: number;
  integer?: boolean;
  unit?: string;
  /** Only for screen readers. */
  quiet?: boolean;
  change(value: number): void;
}

/** A number that is typed. What is no good stays in the field, with the reason beside it, and is not passed on. */
export function numberField(options: NumberOptions): Field<number> {
  const { label, min, above, max, integer, unit, quiet, change } = options;
  let value = options.value;
  const id = newId();
  const complaint = h("span", { class: "complaint", id: `${id}c`, role: "alert" });
  const input = h("input", {
    id,
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    spellcheck: "false",
    value: shortest(value),
    "aria-describedby": `${id}c`,
    input: () => {
      const given = Number(input.value.replace("−", "-"));
      const wrong = problem(input.value, given);
      complaint.textContent = wrong ?? "";
      input.setAttribute("aria-invalid", String(wrong !== undefined));
      if (wrong === undefined && given !== value) {
        value = given;
        change(given);
      }
    },
  });
  const problem = (text: string, given: number): string | undefined => {
    if (text.trim() === "" || !Number.isFinite(given)) return "Enter a number.";
    if (integer && !Number.isInteger(given)) return "Enter a whole number.";
    if (above !== undefined && given <= above) return `Enter a number above ${above}.`;
    if (min !== undefined && given < min) return `Enter ${min} or more.`;
    if (max !== undefined && given > max) return `Enter ${max} or less.`;
    return undefined;
  };
  const element = h(
    "div",
    { class: "field number" },
    h("label", { for: id, class: quiet && "unseen" }, label),
    h("span", { class: "box" }, input, ...(unit ? [h("span", { class: "unit" }, unit)] : [])),
    complaint,
  );
  return {
    element,
    get value() {
      return value;
    },
    set value(given) {
      value = given;
      input.value = shortest(given);
      input.setAttribute("aria-invalid", "false");
      complaint.textContent = "";
    },
    get disabled() {
      return input.disabled;
    },
    set disabled(is) {
      input.disabled = is;
    },
  };
}

interface RangeOptions {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  /** What the number means, shown beside the label. */
  text(value: number): string;
  change(value: number): void;
}

export function rangeField({ label, value, min, max, step, text, change }: RangeOptions): Field<number> {
  const id = newId();
  const output = h("output", { for: id }, text(value));
  const input = h("input", {
    id,
    type: "range",
    min,
    max,
    step,
    value,
    "aria-valuetext": text(value),
    input: () => {
      show();
      change(input.valueAsNumber);
    },
  });
  const show = () => {
    output.textContent = text(input.valueAsNumber);
    input.setAttribute("aria-valuetext", text(input.valueAsNumber));
  };
  return {
    element: h("div", { class: "field range" }, h("label", { for: id }, label), output, input),
    get value() {
      return input.valueAsNumber;
    },
    set value(given) {
      input.valueAsNumber = given;
      show();
    },
    get disabled() {
      return input.disabled;
    },
    set disabled(is) {
      input.disabled = is;
    },
  };
}

interface SelectOptions {
  label: string;
  value: string;
  choices: readonly (readonly [value: string, text: string])[];
  change(value: string): void;
}

export function selectField({ label, value, choices, change }: SelectOptions): Field<string> {
  const id = newId();
  const select = h(
    "select",
    { id, change: () => change(select.value) },
    ...choices.map(([each, text]) => h("option", { value: each, selected: each === value }, text)),
  );
  return {
    element: h("div", { class: "field select" }, h("label", { for: id }, label), select),
    get value() {
      return select.value;
    },
    set value(given) {
      select.value = given;
    },
    get disabled() {
      return select.disabled;
    },
    set disabled(is) {
      select.disabled = is;
    },
  };
}

/** A few choices beside each other, one of them taken. */
export function choiceField({ label, value, choices, change }: SelectOptions): Field<string> {
  const name = newId();
  const inputs = choices.map(([each]) =>
    h("input", { type: "radio", name, value: each, checked: each === value, change: () => change(each) }),
  );
  const element = h(
    "fieldset",
    { class: "field choice" },
    h("legend", {}, label),
    h(
      "span",
      { class: "segments" },
      ...choices.map(([, text], i) => h("label", {}, inputs[i] as HTMLElement, h("span", {}, text))),
    ),
  );
  return {
    element,
    get value() {
      return inputs.find(({ checked }) => checked)?.value ?? "";
    },
    set value(given) {
      for (const input of inputs) input.checked = input.value === given;
    },
    get disabled() {
      return element.disabled;
    },
    set disabled(is) {
      element.disabled = is;
    },
  };
}

export function checkField(label: string, value: boolean, change: (value: boolean) => void): Field<boolean> {
  const input = h("input", { type: "checkbox", checked: value, change: () => change(input.checked) });
  return {
    element: h("label", { class: "field check" }, input, h("span", {}, label)),
    get value() {
      return input.checked;
    },
    set value(given) {
      input.checked = given;
    },
    get disabled() {
      return input.disabled;
    },
    set disabled(is) {
      input.disabled = is;
    },
  };
}

/** A formula that is typed; `complain` says beside it what is wrong with it. */
export interface FormulaField extends Field<string> {
  complain(message: string): void;
}

export function formulaField(label: string, value: string, change: (text: string) => void): FormulaField {
  const id = newId();
  const complaint = h("span", { class: "complaint", id: `${id}c`, role: "alert" });
  const input = h("input", {
    id,
    type: "text",
    value,
    spellcheck: "false",
    autocomplete: "off",
    autocapitalize: "off",
    "aria-describedby": `${id}c`,
    input: () => change(input.value),
  });
  return {
    element: h("div", { class: "field formula" }, h("label", { for: id }, label), input, complaint),
    complain(message) {
      complaint.textContent = message;
      input.setAttribute("aria-invalid", String(message !== ""));
    },
    get value() {
      return input.value;
    },
    set value(given) {
      input.value = given;
    },
    get disabled() {
      return input.disabled;
    },
    set disabled(is) {
      input.disabled = is;
    },
  };
}

export function button(label: string, click: () => void, kind = ""): HTMLButtonElement {
  return h("button", { type: "button", class: kind, click }, label);
}

/** A named part of the controls. */
export function group(title: string, ...children: Child[]): HTMLElement {
  return h("section", { class: "group" }, h("h2", {}, title), ...children);
}

const shortest = (value: number): string => String(Number(value.toPrecision(12)));
