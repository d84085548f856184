/**
 * To which requests does a limit apply, and by what does it count them? Reads as much of CEL as the
 * policies of Models-as-a-Service have.
 * Sources: opendatahub-io/models-as-a-service, deployment/base/policies; Common Expression Language.
 * @module
 */

/** By attribute, as policies name them: `auth.identity.tier`. */
export type Attributes = Readonly<Record<string, string>>;
export type Predicate = (attributes: Attributes) => boolean;

const PATH = "[a-zA-Z_][\\w.]*";
const TEXT = `"([^"\\\\]*)"|'([^'\\\\]*)'`;
const COMPARED = new RegExp(`^(${PATH})\\s*(==|!=)\\s*(?:${TEXT})$`);
const CALLED = new RegExp(`^(!?)(${PATH})\\.(endsWith|startsWith|contains)\\((?:${TEXT})\\)$`);

/** @throws {SyntaxError} for what it cannot read */
export function predicateOf(text: string): Predicate {
  const clauses = text.split("&&").map((clause) => clauseOf(clause.trim()));
  return (attributes) => clauses.every((clause) => clause(attributes));
}

/** The attribute that an expression stands for. @throws {SyntaxError} for what is none */
export function attributeOf(text: string): string {
  if (new RegExp(`^${PATH}$`).test(text)) return text;
  throw new SyntaxError(`Cannot count by ${JSON.stringify(text)}`);
}

function clauseOf(text: string): Predicate {
  const compared = COMPARED.exec(text);
  if (compared !== null) {
    const [, path = "", operator, one, other] = compared;
    const wanted = one ?? other;
    return (attributes) => (attributes[path] === wanted) === (operator === "==");
  }
  const called = CALLED.exec(text);
  if (called === null) throw new SyntaxError(`Cannot evaluate ${JSON.stringify(text)}`);
  const [, not, path = "", method, one, other] = called;
  const part = one ?? other ?? "";
  return (attributes) => {
    const value = attributes[path] ?? "";
    const holds = method === "endsWith"
      ? value.endsWith(part)
      : method === "startsWith"
      ? value.startsWith(part)
      : value.includes(part);
    return holds === (not === "");
  };
}
