import { DefaultTheme, DefaultThemeRenderContext, IntrinsicType, JSX } from "typedoc";

/** TypeDoc's own, but for functions with overloads: what they do comes once, the signatures of single types after it. */
export class ReferenceTheme extends DefaultTheme {
  ContextClass = ReferenceContext;
}

class ReferenceContext extends DefaultThemeRenderContext {
  constructor(...args) {
    super(...args);
    const plain = this.memberSignatures;
    this.memberSignatures = (member) => (member.signatures.length === 1 ? plain(member) : this.#overloads(member));
  }

  #overloads({ signatures }) {
    const create = JSX.createElement;
    const last = signatures.at(-1);
    const title = (signature) => {
      // Where links to type parameters lead, if these are not described.
      const own = signature === last ? [] : (signature.typeParameters ?? []);
      const places = own.map((each) => create("span", { id: this.getAnchor(each) }));
      const attributes = { class: "tsd-signature", id: this.getAnchor(signature) };
      return create("div", attributes, ...places, this.memberSignatureTitle(signature));
    };
    // The last takes what all of the others take. What each gives is in its signature.
    const general = Object.create(last, { type: { value: new IntrinsicType("") } });
    const others = signatures.slice(0, -1).map(title);
    const typed = create("details", { class: "overloads" }, create("summary", null, "Signatures by type"), ...others);
    const description = create("div", { class: "tsd-description" }, this.memberSignatureBody(general), typed);
    return create("ul", { class: "tsd-signatures" }, create("li", null, title(last), description));
  }
}
