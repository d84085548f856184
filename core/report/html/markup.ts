/**
 * How does text become HTML without anything in it being taken for HTML? Everything that goes into
 * a {@link markup} template is escaped unless it is Markup itself. Knows nothing about reports.
 * @module
 */

/** Text that is HTML already; only this file makes it. */
export class Markup {
  readonly #html: string;
  constructor(html: string) {
    this.#html = html;
  }
  toString(): string {
    return this.#html;
  }
}

/** What a template takes: text is escaped, Markup is not, a list is joined, false puts nothing. */
export type Content = string | number | false | Markup | readonly Content[];

/** Text with the five characters that mean something in HTML text or attributes written as entities. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

function rendered(content: Content): string {
  if (content === false) return "";
  if (content instanceof Markup) return content.toString();
  if (typeof content === "string") return escapeHtml(content);
  if (typeof content === "number") return String(content);
  return content.map(rendered).join("");
}

/** Template tag for HTML: every value is escaped, so a quoted attribute or a text can hold anything. */
export function markup(parts: TemplateStringsArray, ...values: Content[]): Markup {
  return new Markup(String.raw({ raw: parts }, ...values.map(rendered)));
}

/** JSON in a script element that the browser does not run; `<` is escaped so that no text in it can end the element. */
export function jsonScript(id: string, value: unknown): Markup {
  const json = JSON.stringify(value).replaceAll("<", "\\u003c");
  return new Markup(`<script type="application/json" id="${escapeHtml(id)}">${json}</script>`);
}

function checkedScript(source: string): string {
  if (/<\/script|<!--/i.test(source)) {
    throw new Error('Cannot inline a script that contains "</script" or "<!--": split the text');
  }
  return source;
}

/** A script that makes globals, inlined. @throws {Error} if it holds the end of its own element */
export function inlineScript(source: string): Markup {
  return new Markup(`<script>\n${checkedScript(source)}\n</script>`);
}

/**
 * A script with a scope of its own, inlined; runs after the page is read, in the order of the page.
 * @throws {Error} if it holds the end of its own element
 */
export function inlineModule(source: string): Markup {
  return new Markup(`<script type="module">\n${checkedScript(source)}\n</script>`);
}

/**
 * The tool's own style sheet, inlined.
 * @throws {Error} if it holds the end of its own element
 */
export function inlineStyle(source: string): Markup {
  if (/<\/style/i.test(source)) {
    throw new Error('Cannot inline a style sheet that contains "</style": split the text');
  }
  return new Markup(`<style>\n${source}\n</style>`);
}
