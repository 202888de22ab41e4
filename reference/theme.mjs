import { DefaultTheme, DefaultThemeRenderContext, IntrinsicType, JSX } from "typedoc";

/** TypeDoc's own, but for functions with overloads: all signatures come first, then once what they do. */
export class ReferenceTheme extends DefaultTheme {
  ContextClass = ReferenceContext;
}

class ReferenceContext extends DefaultThemeRenderContext {
  constructor(...args) {
    super(...args);
    const one = this.memberSignatures;
    this.memberSignatures = (member) => (member.signatures.length === 1 ? one(member) : this.#overloads(member));
  }

  #overloads(member) {
    const create = JSX.createElement;
    const titles = member.signatures.map((signature) =>
      create(
        "li",
        null,
        create(
          "div",
          { class: "tsd-signature tsd-anchor-link", id: this.getAnchor(signature) },
          this.memberSignatureTitle(signature),
        ),
      ),
    );
    // The last takes what all of the others take; what each returns is among the signatures.
    const general = Object.create(member.signatures.at(-1), { type: { value: new IntrinsicType("") } });
    const description = create("div", { class: "tsd-description" }, this.memberSignatureBody(general));
    return create("ul", { class: "tsd-signatures overloads" }, ...titles, create("li", null, description));
  }
}
