import { type Child, h, newId } from "./dom.js";

/** A labelled control. `value` set from outside calls no listener. */
export interface Field<T> {
  readonly element: HTMLElement;
  value: T;
  disabled: boolean;
}

/** A field that has what its control has. */
function fieldOf<T>(
  element: HTMLElement,
  control: { disabled: boolean },
  read: () => T,
  write: (value: T) => void,
): Field<T> {
  return {
    element,
    get value() {
      return read();
    },
    set value(given) {
      write(given);
    },
    get disabled() {
      return control.disabled;
    },
    set disabled(is) {
      control.disabled = is;
    },
  };
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
  return fieldOf(
    element,
    input,
    () => value,
    (given) => {
      value = given;
      input.value = shortest(given);
      input.setAttribute("aria-invalid", "false");
      complaint.textContent = "";
    },
  );
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
  return fieldOf(
    h("div", { class: "field range" }, h("label", { for: id }, label), output, input),
    input,
    () => input.valueAsNumber,
    (given) => {
      input.valueAsNumber = given;
      show();
    },
  );
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
  return fieldOf(
    h("div", { class: "field select" }, h("label", { for: id }, label), select),
    select,
    () => select.value,
    (given) => {
      select.value = given;
    },
  );
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
  return fieldOf(
    element,
    element,
    () => inputs.find(({ checked }) => checked)?.value ?? "",
    (given) => {
      for (const input of inputs) input.checked = input.value === given;
    },
  );
}

export function checkField(label: string, value: boolean, change: (value: boolean) => void): Field<boolean> {
  const input = h("input", { type: "checkbox", checked: value, change: () => change(input.checked) });
  return fieldOf(
    h("label", { class: "field check" }, input, h("span", {}, label)),
    input,
    () => input.checked,
    (given) => {
      input.checked = given;
    },
  );
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
  const field = fieldOf(
    h("div", { class: "field formula" }, h("label", { for: id }, label), input, complaint),
    input,
    () => input.value,
    (given) => {
      input.value = given;
    },
  );
  // Not copied into another object: that would read `value` once.
  return Object.assign(field, {
    complain(message: string) {
      complaint.textContent = message;
      input.setAttribute("aria-invalid", String(message !== ""));
    },
  });
}

export function button(label: string, click: () => void, kind = ""): HTMLButtonElement {
  return h("button", { type: "button", class: kind, click }, label);
}

/** A named part of the controls. */
export function group(title: string, ...children: Child[]): HTMLElement {
  return h("section", { class: "group" }, h("h2", {}, title), ...children);
}

const shortest = (value: number): string => String(Number(value.toPrecision(12)));
