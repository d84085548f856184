/**
 * A small strict XML reader for the tests: elements, attributes, text and references; no
 * comments, CDATA or document types, which scaletool never writes.
 * @module
 */

/** `text` is the element's own text, without its children's and without white space alone. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
}

const TAG = /^<(\/?)([A-Za-z][\w.-]*)((?:\s+[A-Za-z][\w.-]*="[^"<]*")*)\s*(\/?)>/;
const ILLEGAL = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** The root element. @throws {SyntaxError} if the text is not well-formed */
export function parseXml(text: string): XmlElement {
  if (ILLEGAL.test(text)) throw new SyntaxError("Cannot read XML: illegal character");
  const root: XmlElement = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  let rest = text.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, "");
  while (rest !== "") {
    const parent = open.at(-1) ?? root;
    const plain = /^[^<]+/.exec(rest)?.[0];
    if (plain !== undefined) {
      if (plain.trim() !== "") parent.text += unescaped(plain.replace(/\r\n?/g, "\n"));
      rest = rest.slice(plain.length);
      continue;
    }
    const [whole, closing, name = "", attributes = "", empty] = TAG.exec(rest) ?? [];
    if (whole === undefined) throw new SyntaxError(`Cannot read XML at ${rest.slice(0, 60)}`);
    rest = rest.slice(whole.length);
    if (closing === "/") {
      if (open.pop()?.name !== name) throw new SyntaxError(`Cannot read XML: </${name}> too many`);
      continue;
    }
    const element = { name, attributes: attributesOf(attributes), children: [], text: "" };
    parent.children.push(element);
    if (empty !== "/") open.push(element);
  }
  const [only] = root.children;
  if (open.length !== 1 || only === undefined || root.children.length > 1 || root.text !== "") {
    throw new SyntaxError("Cannot read XML: expected one root element, closed");
  }
  return only;
}

/** White space that is no reference becomes a blank (XML 1.0, 3.3.3). */
function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([\w.-]+)="([^"]*)"/g)].map(([, name, value = ""]) => [
      name,
      unescaped(value.replace(/[\t\n\r]/g, " ")),
    ]),
  );
}

function unescaped(text: string): string {
  return text.replace(/&([^;&]*);?/g, (reference, name: string) => {
    const [, code] = /^#(\d+)$/.exec(name) ?? [];
    const character = code === undefined ? ENTITIES[name] : String.fromCodePoint(Number(code));
    if (character === undefined || !reference.endsWith(";")) {
      throw new SyntaxError(`Cannot read XML: reference ${reference}`);
    }
    return character;
  });
}
