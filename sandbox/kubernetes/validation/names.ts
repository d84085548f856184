/**
 * Which names, label keys and label values does an API server take, and what does it say of the
 * others? Each function returns the server's complaints, none for a valid text.
 * Source: apimachinery, pkg/api/validate/content and pkg/util/validation.
 * @module
 */

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${QUALIFIED_NAME})?`;
const CONFIG_KEY = "[-._a-zA-Z0-9]+";

const LABEL_BYTES = 63;
const SUBDOMAIN_BYTES = 253;

interface Form {
  /** Regular expression for the whole text, as the message shows it. */
  readonly pattern: string;
  readonly says: string;
  readonly examples: readonly string[];
}

const LABEL_FORM: Form = {
  pattern: LABEL,
  says:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  examples: ["my-name", "123-abc"],
};
const SUBDOMAIN_FORM: Form = {
  pattern: SUBDOMAIN,
  says:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  examples: ["example.com"],
};
const QUALIFIED_NAME_FORM: Form = {
  pattern: QUALIFIED_NAME,
  says:
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  examples: ["MyName", "my.name", "123-abc"],
};
const LABEL_VALUE_FORM: Form = {
  pattern: LABEL_VALUE,
  says:
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  examples: ["MyValue", "my_value", "12345"],
};
const CONFIG_KEY_FORM: Form = {
  pattern: CONFIG_KEY,
  says: "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  examples: ["key.name", "KEY_NAME", "key-name"],
};

/** The length that limits are in: UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Of a namespace; of other kinds where the name becomes part of a host name. */
export function labelNameComplaints(text: string): string[] {
  const tooLong = nameLengthComplaints(text, LABEL_BYTES);
  if (matches(text, LABEL_FORM)) return tooLong;
  return [
    ...tooLong,
    matches(text, SUBDOMAIN_FORM) ? "must not contain dots" : formComplaint(LABEL_FORM),
  ];
}

/** Of most kinds. */
export function subdomainNameComplaints(text: string, maxBytes = SUBDOMAIN_BYTES): string[] {
  return [...nameLengthComplaints(text, maxBytes), ...formComplaints(text, SUBDOMAIN_FORM)];
}

/** Of RBAC's kinds: any text that can be one segment of a URL's path. */
export function pathSegmentComplaints(text: string): string[] {
  if (text === "." || text === "..") return [`may not be '${text}'`];
  return ["/", "%"].filter((part) => text.includes(part))
    .map((part) => `may not contain '${part}'`);
}

/** Of labels, annotations (in lower case) and finalizers: `name` or `prefix.example/name`. */
export function qualifiedNameComplaints(text: string): string[] {
  const parts = text.split("/");
  if (parts.length > 2) {
    return [
      `a valid label key ${formComplaint(QUALIFIED_NAME_FORM)}` +
      " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ];
  }
  const name = parts.at(-1)!;
  const ofName = name === "" ? ["must be non-empty"] : lengthComplaints(name, LABEL_BYTES);
  return [
    ...(parts.length === 2 ? prefixComplaints(parts[0]!) : []),
    ...[...ofName, ...formComplaints(name, QUALIFIED_NAME_FORM)].map((said) => `name part ${said}`),
  ];
}

function prefixComplaints(prefix: string): string[] {
  const said = prefix === ""
    ? ["must be non-empty"]
    : [...lengthComplaints(prefix, SUBDOMAIN_BYTES), ...formComplaints(prefix, SUBDOMAIN_FORM)];
  return said.map((complaint) => `prefix part ${complaint}`);
}

export function labelValueComplaints(text: string): string[] {
  return [...lengthComplaints(text, LABEL_BYTES), ...formComplaints(text, LABEL_VALUE_FORM)];
}

/** Of the data of ConfigMaps and Secrets. */
export function configKeyComplaints(text: string): string[] {
  const complaints = [
    ...nameLengthComplaints(text, SUBDOMAIN_BYTES),
    ...formComplaints(text, CONFIG_KEY_FORM),
  ];
  if (text === ".") return [...complaints, "must not be '.'"];
  if (text === "..") return [...complaints, "must not be '..'"];
  return text.startsWith("..") ? [...complaints, "must not start with '..'"] : complaints;
}

function matches(text: string, { pattern }: Form): boolean {
  return new RegExp(`^(?:${pattern})$`).test(text);
}

function lengthComplaints(text: string, maxBytes: number): string[] {
  return byteLength(text) > maxBytes ? [`must be no more than ${maxBytes} bytes`] : [];
}

/** Counts bytes too, whatever it says. */
function nameLengthComplaints(text: string, maxBytes: number): string[] {
  return byteLength(text) > maxBytes ? [`must be no more than ${maxBytes} characters`] : [];
}

function formComplaints(text: string, form: Form): string[] {
  return matches(text, form) ? [] : [formComplaint(form)];
}

function formComplaint({ pattern, says, examples }: Form): string {
  const such = examples.map((example) => `'${example}', `).join(" or ");
  return `${says} (e.g. ${such}regex used for validation is '${pattern}')`;
}
