import fc from "fast-check";
import assert from "node:assert/strict";
import {
  BadSelectorError,
  labelSelector,
} from "../../../../sandbox/kubernetes/selectors/label_selector.ts";

/** The objects that the tables count, by their labels. */
const OBJECTS: readonly Readonly<Record<string, string>>[] = [
  {},
  { a: "b" },
  { a: "c", size: "3" },
  { in: "notin", "x.io/a": "b" },
  { size: "big" },
];

/** Selector, and which of OBJECTS kube-apiserver 1.36.3 lists for it. */
const CHOSEN: readonly (readonly [selector: string, objects: readonly number[]])[] = [
  ["", [0, 1, 2, 3, 4]],
  ["a", [1, 2]],
  ["!a", [0, 3, 4]],
  ["a=b", [1]],
  ["a==b", [1]],
  ["a = b", [1]],
  ["a!=b", [0, 2, 3, 4]],
  ["a=", []],
  ["a in (b)", [1]],
  ["a in (b, c)", [1, 2]],
  ["a in (,b)", [1]],
  ["a in (b,)", [1]],
  ["a in ()", []],
  ["a notin (b)", [0, 2, 3, 4]],
  ["a notin ()", [0, 1, 2, 3, 4]],
  ["a notin (b,,c)", [0, 3, 4]],
  ["size>2", [2]],
  ["size<2", []],
  ["size>3", []],
  ["size<4", [2]],
  ["in", [3]],
  ["in=notin", [3]],
  ["in in (notin)", [3]],
  ["in notin (in)", [0, 1, 2, 3, 4]],
  ["notin", []],
  ["x.io/a=b", [3]],
  ["a=b,size>1", []],
  ["a=c,size>1", [2]],
  ["!a,!in", [0, 4]],
  ["a=b,a=c", []],
  [" a\t=\n b ", [1]],
  ["a!=b,a", [2]],
  ["a in (b,c),size", [2]],
  ["toString", []],
  ["!constructor", [0, 1, 2, 3, 4]],
  ["a=\u0000b", [1]],
  ["\u0000a", [0, 1, 2, 3, 4]],
  ["a\u0000=b", [1]],
];

const REQUIREMENT = "unable to parse requirement: ";
const INTEGER = "for 'Gt', 'Lt' operators, the value must be an integer";
const VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const PREFIX =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** Selector, and what kube-apiserver 1.36.3 says of it with status 400. */
const REFUSED: readonly (readonly [selector: string, message: string])[] = [
  ["a=b=c", `found '=', expected: ',' or 'end of string'`],
  ["!a=b", `found '=', expected: ',' or 'end of string'`],
  ["=b", `found '=', expected: !, identifier, or 'end of string'`],
  ["==", `found '==', expected: !, identifier, or 'end of string'`],
  ["a,", `found '', expected: identifier after ','`],
  ["a,,b", `found ',', expected: identifier after ','`],
  [",a", `found ',', expected: !, identifier, or 'end of string'`],
  ["(a)", `found '(', expected: !, identifier, or 'end of string'`],
  ["a in (b)c", `found 'c', expected: ',' or 'end of string'`],
  ["a=b c", `found 'c', expected: ',' or 'end of string'`],
  ["!a in (b)", `found 'in', expected: ',' or 'end of string'`],
  ["a=1=", `found '=', expected: ',' or 'end of string'`],
  ["!", `${REQUIREMENT}found '', expected: identifier`],
  ["!!a", `${REQUIREMENT}found '!', expected: identifier`],
  ["a=!", `${REQUIREMENT}found '!', expected: identifier`],
  ["a=)", `${REQUIREMENT}found ')', expected: identifier`],
  ["a=>b", `${REQUIREMENT}found '>', expected: identifier`],
  ["a===b", `${REQUIREMENT}found '=', expected: identifier`],
  ["a <> 1", `${REQUIREMENT}found '>', expected: identifier`],
  ["a b", `${REQUIREMENT}found 'b', expected: in, notin, =, ==, !=, gt, lt`],
  ["a!b", `${REQUIREMENT}found '!', expected: in, notin, =, ==, !=, gt, lt`],
  ["a in", `${REQUIREMENT}found '' expected: '('`],
  ["a in b", `${REQUIREMENT}found 'b' expected: '('`],
  ["a in (", `${REQUIREMENT}found '', expected: ',', ')' or identifier`],
  ["a in (b", `${REQUIREMENT}found '', expected: ',' or ')'`],
  ["a in (b c)", `${REQUIREMENT}found 'c', expected: ',' or ')'`],
  ["a in (b=c)", `${REQUIREMENT}found '=', expected: ',' or ')'`],
  ["a in (b,=)", `${REQUIREMENT}found '=', expected: ',', or identifier`],
  ["a in (b,", `${REQUIREMENT}found '', expected: ',', or identifier`],
  ["a in ((b))", `${REQUIREMENT}found '(', expected: ',', ')' or identifier`],
  ["a>b", `${REQUIREMENT}values[0]: Invalid value: "b": ${INTEGER}`],
  ["a>", `${REQUIREMENT}values[0]: Invalid value: "": ${INTEGER}`],
  ["a>1.5", `${REQUIREMENT}values[0]: Invalid value: "1.5": ${INTEGER}`],
  [
    "a>9223372036854775808",
    `${REQUIREMENT}values[0]: Invalid value: "9223372036854775808": ${INTEGER}`,
  ],
  ["a>-1", `${REQUIREMENT}values[0][a]: Invalid value: "-1": ${VALUE}`],
  [
    "a>-b",
    `${REQUIREMENT}[values[0]: Invalid value: "-b": ${INTEGER}, values[0][a]: Invalid value: "-b": ${VALUE}]`,
  ],
  ["a=-b", `${REQUIREMENT}values[0][a]: Invalid value: "-b": ${VALUE}`],
  ["a=b/c", `${REQUIREMENT}values[0][a]: Invalid value: "b/c": ${VALUE}`],
  [
    "a in (-b,c,-d)",
    `${REQUIREMENT}[values[0][a]: Invalid value: "-b": ${VALUE}, values[1][a]: Invalid value: "-d": ${VALUE}]`,
  ],
  ["a=é", `${REQUIREMENT}values[0][a]: Invalid value: "é": ${VALUE}`],
  [
    `a=${"b".repeat(64)}`,
    `${REQUIREMENT}values[0][a]: Invalid value: "${"b".repeat(64)}": must be no more than 63 bytes`,
  ],
  [
    `a=${"-".repeat(64)}`,
    `${REQUIREMENT}values[0][a]: Invalid value: "${
      "-".repeat(64)
    }": must be no more than 63 bytes; ${VALUE}`,
  ],
  [
    "a".repeat(64),
    `${REQUIREMENT}<nil>: Invalid value: "${
      "a".repeat(64)
    }": name part must be no more than 63 bytes`,
  ],
  [
    "a/b/c",
    `${REQUIREMENT}<nil>: Invalid value: "a/b/c": a valid label key ${NAME} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
  ],
  ["-a", `${REQUIREMENT}<nil>: Invalid value: "-a": name part ${NAME}`],
  ["A/b", `${REQUIREMENT}<nil>: Invalid value: "A/b": prefix part ${PREFIX}`],
  ["/a", `${REQUIREMENT}<nil>: Invalid value: "/a": prefix part must be non-empty`],
  [
    "a/",
    `${REQUIREMENT}<nil>: Invalid value: "a/": name part must be non-empty; name part ${NAME}`,
  ],
  ["a@b", `${REQUIREMENT}<nil>: Invalid value: "a@b": name part ${NAME}`],
  ["b>x,a=-", `${REQUIREMENT}values[0]: Invalid value: "x": ${INTEGER}`],
  ['a="b"', `${REQUIREMENT}values[0][a]: Invalid value: "\\"b\\"": ${VALUE}`],
  ["-\u0000a", `${REQUIREMENT}<nil>: Invalid value: "-": name part ${NAME}`],
  [
    "a in (é,ü)",
    `${REQUIREMENT}[values[0][a]: Invalid value: "é": ${VALUE}, values[1][a]: Invalid value: "ü": ${VALUE}]`,
  ],
  [
    `${"x".repeat(254)}/a`,
    `${REQUIREMENT}<nil>: Invalid value: "${
      "x".repeat(254)
    }/a": prefix part must be no more than 253 bytes`,
  ],
];

Deno.test("a label selector chooses the objects that the real server lists", () => {
  for (const [selector, objects] of CHOSEN) {
    const isChosen = labelSelector(selector);
    const chosen = OBJECTS.flatMap((labels, index) => isChosen(labels) ? [index] : []);
    assert.deepEqual(chosen, objects, JSON.stringify(selector));
  }
});

Deno.test("a label selector is refused with the words of the real server", () => {
  for (const [selector, message] of REFUSED) {
    assert.throws(() => labelSelector(selector), new BadSelectorError(message), selector);
  }
});

Deno.test("an object without labels is chosen as one whose labels are empty", () => {
  for (const [selector] of CHOSEN) {
    const isChosen = labelSelector(selector);
    assert.equal(isChosen(undefined), isChosen({}), selector);
  }
});

Deno.test("bounds of a label selector are 64-bit integers, compared without loss", () => {
  const isAbove = labelSelector("size>9223372036854775806");
  assert.deepEqual(
    ["9223372036854775806", "9223372036854775807", "9223372036854775808", "+9", "1e30", ""]
      .map((size) => isAbove({ size })),
    [false, true, false, false, false, false],
  );
  assert.equal(labelSelector("size<1")({ size: "-9223372036854775808" }), true);
});

Deno.test("any text is a label selector or refused as one", () => {
  const part = fc.constantFrom(
    "a",
    "b",
    "in",
    "notin",
    "=",
    "==",
    "!=",
    "!",
    "(",
    ")",
    ",",
    ">",
    " ",
  );
  fc.assert(fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
    try {
      assert.equal(typeof labelSelector(parts.join(""))({ a: "b" }), "boolean");
    } catch (thrown) {
      assert.ok(thrown instanceof BadSelectorError, String(thrown));
    }
  }));
});

Deno.test("a selector of sets chooses what its meaning says", () => {
  const name = fc.constantFrom("a", "b", "c");
  const term = fc.record({
    key: name,
    operator: fc.constantFrom("in", "notin"),
    values: fc.array(name, { minLength: 1 }),
  });
  fc.assert(fc.property(fc.array(term), fc.dictionary(name, name), (terms, labels) => {
    const text = terms.map(({ key, operator, values }) =>
      `${key} ${operator} (${values.join(",")})`
    ).join(",");
    const expected = terms.every(({ key, operator, values }) =>
      values.some((value) => labels[key] === value) === (operator === "in")
    );
    assert.equal(labelSelector(text)(labels), expected);
  }));
});
