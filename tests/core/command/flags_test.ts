import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  bytes,
  choice,
  duration,
  flag,
  type FlagKind,
  flagNames,
  integer,
  listOf,
  text,
  toggle,
} from "../../../core/command/flags.ts";

/** What the help needs of a kind, whatever its values are. */
type Named = Pick<FlagKind<unknown>, "placeholder" | "words">;

/** One line of a table: a text, the value that it stands for, and how that is written again. */
type Reading<T> = readonly [given: string, value: T, written: string];

interface KindCase<T> {
  readonly name: string;
  readonly kind: FlagKind<T>;
  readonly reads: readonly Reading<T>[];
  readonly refuses: readonly (readonly [given: string, message: string])[];
}

const TiB = 2 ** 40;

const INTEGERS: KindCase<number> = {
  name: "integer()",
  kind: integer({ min: 1, max: 10_000 }),
  reads: [["1", 1, "1"], ["10000", 10_000, "10000"], ["+7", 7, "7"], ["007", 7, "7"]],
  refuses: [
    ["0", "must be between 1 and 10000, not 0"],
    ["-5", "must be between 1 and 10000, not -5"],
    ["10001", "must be between 1 and 10000, not 10001"],
    ["1.5", 'must be a whole number, not "1.5"'],
    ["1e3", 'must be a whole number, not "1e3"'],
    ["0x10", 'must be a whole number, not "0x10"'],
    [" 1", 'must be a whole number, not " 1"'],
    ["", 'must be a whole number, not ""'],
    ["9007199254740993", 'must be a whole number, not "9007199254740993"'],
  ],
};

const OPEN_INTEGERS: KindCase<number> = {
  name: "integer() without a maximum",
  kind: integer({ min: 0 }),
  reads: [["0", 0, "0"], ["9007199254740991", 9007199254740991, "9007199254740991"]],
  refuses: [["-1", "must be at least 0, not -1"]],
};

const DURATIONS: KindCase<number> = {
  name: "duration()",
  kind: duration({ minMs: 1, maxMs: 86_400_000 }),
  reads: [
    ["10ms", 10, "10ms"],
    ["2", 2_000, "2s"],
    ["0.01", 10, "10ms"],
    ["1m30s", 90_000, "1m30s"],
    ["1500us", 1.5, "1.5ms"],
    // Three significant digits would be another run.
    ["1234ms", 1_234, "1234ms"],
    ["1h2m3s", 3_723_000, "3723000ms"],
  ],
  refuses: [
    ["500us", "must be at least 1ms, not 500us"],
    ["0", "must be at least 1ms, not 0"],
    ["25h", "must be at most 24h0m, not 25h"],
    ["soon", 'must be a duration such as 250us, 10ms, 1m30s, not "soon"'],
    ["-1s", 'must be a duration such as 250us, 10ms, 1m30s, not "-1s"'],
    ["", 'must be a duration such as 250us, 10ms, 1m30s, not ""'],
    ["1s5", 'must be a duration such as 250us, 10ms, 1m30s, not "1s5"'],
  ],
};

const SIZES: KindCase<number> = {
  name: "bytes()",
  kind: bytes({ min: 1, max: TiB }),
  reads: [
    ["500", 500, "500"],
    ["64KiB", 65_536, "64KiB"],
    ["64K", 65_536, "64KiB"],
    ["1MiB", 1_048_576, "1MiB"],
    ["1.5MiB", 1_572_864, "1536KiB"],
    ["10MB", 10_000_000, "10000000"],
    ["1TiB", TiB, "1024GiB"],
  ],
  refuses: [
    ["0", "must be between 1 and 1099511627776, not 0"],
    ["2TiB", "must be between 1 and 1099511627776, not 2199023255552"],
    ["big", 'must be a size such as 500, 64KiB, 1MiB, 10MB, not "big"'],
    ["5 bits", 'must be a size such as 500, 64KiB, 1MiB, 10MB, not "5 bits"'],
    ["", 'must be a size such as 500, 64KiB, 1MiB, 10MB, not ""'],
  ],
};

const TEXTS: KindCase<string> = {
  name: "text()",
  kind: text("file"),
  reads: [["a b", "a b", "a b"], ["", "", ""], ["--x", "--x", "--x"]],
  refuses: [],
};

const CHOICES: KindCase<"drop" | "queue"> = {
  name: "choice()",
  kind: choice(["drop", "queue"]),
  reads: [["drop", "drop", "drop"], ["queue", "queue", "queue"]],
  refuses: [
    ["Drop", 'must be drop, queue, not "Drop"'],
    ["", 'must be drop, queue, not ""'],
    ["toString", 'must be drop, queue, not "toString"'],
  ],
};

const TOGGLES: KindCase<boolean> = {
  name: "toggle",
  kind: toggle,
  reads: [
    ["true", true, "true"],
    ["TRUE", true, "true"],
    ["1", true, "true"],
    ["yes", true, "true"],
    ["false", false, "false"],
    ["0", false, "false"],
    ["No", false, "false"],
  ],
  refuses: [
    ["maybe", 'must be true or false, not "maybe"'],
    ["", 'must be true or false, not ""'],
    ["truely", 'must be true or false, not "truely"'],
  ],
};

const LISTS: KindCase<readonly number[]> = {
  name: "listOf()",
  kind: listOf(integer({ min: 1 })),
  reads: [["3", [3], "3"]],
  refuses: [["0", "must be at least 1, not 0"], ["3,4", 'must be a whole number, not "3,4"']],
};

function testKind<T>({ name, kind, reads, refuses }: KindCase<T>): void {
  for (const [given, value, written] of reads) {
    Deno.test(`${name} reads ${JSON.stringify(given)} and writes it as ${written}`, () => {
      deepStrictEqual(kind.parse(given), value);
      strictEqual(kind.format(value), written);
    });
  }
  for (const [given, message] of refuses) {
    Deno.test(`${name} refuses ${JSON.stringify(given)}`, () => {
      throws(() => kind.parse(given), { message });
    });
  }
}

testKind(INTEGERS);
testKind(OPEN_INTEGERS);
testKind(DURATIONS);
testKind(SIZES);
testKind(TEXTS);
testKind(CHOICES);
testKind(TOGGLES);
testKind(LISTS);

Deno.test("each kind says in the help what is expected, and for completion which words there are", () => {
  const kinds: readonly (readonly [Named, string, readonly string[] | undefined])[] = [
    [integer(), "n", undefined],
    [duration(), "duration", undefined],
    [bytes(), "bytes", undefined],
    [text(), "text", undefined],
    [text("file"), "file", undefined],
    [choice(["a", "b"]), "a|b", ["a", "b"]],
    [toggle, "true|false", undefined],
    [listOf(text("key=value")), "key=value", undefined],
  ];
  for (const [kind, placeholder, words] of kinds) {
    deepStrictEqual([kind.placeholder, kind.words], [placeholder, words]);
  }
});

Deno.test("a list is written with all its values", () => {
  strictEqual(listOf(duration()).format([10, 1_000]), "10ms, 1s");
  strictEqual(listOf(text()).format([]), "");
});

Deno.test("a duration that was written is read as the same duration", () => {
  const kind = duration();
  const ms = fc.oneof(
    fc.nat({ max: 1e9 }),
    fc.integer({ min: 1, max: 1e9 }).map((us) => us / 1_000),
  );
  fc.assert(fc.property(ms, (ms) => strictEqual(kind.parse(kind.format(ms)), ms)));
});

Deno.test("a size that was written is read as the same size", () => {
  const kind = bytes();
  const sizes = fc.oneof(
    fc.nat(),
    fc.maxSafeNat(),
    fc.nat({ max: 4_096 }).map((mebibytes) => mebibytes * 2 ** 20),
  );
  fc.assert(fc.property(sizes, (size) => strictEqual(kind.parse(kind.format(size)), size)));
});

Deno.test("flag() keeps what was declared, and has no default unless one is given", () => {
  deepStrictEqual(flag(toggle, { help: "be quiet", short: "q", default: false }), {
    kind: toggle,
    help: "be quiet",
    short: "q",
    defaultValue: false,
  });
  strictEqual(flag(text(), { help: "where" }).defaultValue, undefined);
  strictEqual(flag(text(), { help: "who", isSecret: true }).isSecret, true);
});

Deno.test("flagNames() has every name and alias, and which flag it stands for", () => {
  const flags = {
    "run-id": flag(text(), { help: "id", aliases: ["runid", "RunId"] }),
    server: flag(text(), { help: "url", aliases: ["master"] }),
    quiet: flag(toggle, { help: "be quiet", short: "q", default: false }),
  };
  deepStrictEqual([...flagNames(flags)], [
    ["run-id", "run-id"],
    ["runid", "run-id"],
    ["RunId", "run-id"],
    ["server", "server"],
    ["master", "server"],
    ["quiet", "quiet"],
  ]);
});
