import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { harmless, harmlessJson, harmlessLines } from "../src/report/harmless.ts";
import { toHtml } from "../src/report/html.ts";
import { toJson } from "../src/report/json.ts";
import { toJUnit } from "../src/report/junit.ts";
import type { Report } from "../src/report/report.ts";
import { toSarif } from "../src/report/sarif.ts";
import { renderTerminal } from "../src/report/terminal.ts";
import { exchange, outcome, report, technique, tried } from "./report-fixtures.ts";
import { elementsOf } from "./xml-elements.ts";

/** What a hostile target, document or principals file could say. */
const payloads: readonly (readonly [name: string, text: string])[] = [
  ["escape sequences", "\u001b[2J\u001b]0;owned\u0007\u009b31m\u0008\r\u007f\0"],
  ["marks that turn text around", "\u202egnp.exe\u2066\u200f\u2028\u2029\ufeff"],
  ["markup", "</pre></style></title><script>alert(1)</script><img src=x onerror=alert(1)>"],
  ["attributes", "\" onmouseover=alert(1) x=' autofocus onfocus=alert(1) `"],
  ["XML", "]]></failure><testcase name='x'/><!ENTITY a SYSTEM 'file:///etc/passwd'>&a;&"],
  ["characters that XML forbids", "\ufffe\uffff\u000b\ud800 and \udc00"],
  ["a link", "[click](http://evil.example) {0} {{1}}"],
];

/** A report in which every text is the payload. */
function hostile(text: string): Report {
  const evidence = ["alice", text].map((name) =>
    exchange(`/a?q=${text}`, name, { text, body: text }),
  );
  const answered = evidence.map((one) => ({
    ...one,
    failure: text,
    sentHeaders: [[text, text]] as const,
    answer:
      one.answer === undefined ? undefined : { ...one.answer, headers: [[text, text]] as const },
  }));
  const said = { because: text, target: `GET /${text}`, variant: text, evidence: answered };
  const words = { title: text, remedy: text };
  return report(
    [
      tried(technique(words), [outcome("vulnerable", said)]),
      tried(technique({ ...words, id: "K-01", risk: "API8", hole: text }), [
        outcome("vulnerable", { ...said, confidence: "suspected" }),
      ]),
      tried(technique({ ...words, id: "F-01", risk: "API5" }), [outcome("inconclusive", said)]),
      tried(technique({ ...words, id: "U-01", risk: "API7" }), [], { failure: text }),
      tried(technique({ ...words, id: "W-01", risk: "API10" }), [], { missing: [text] }),
    ],
    {
      target: text,
      title: text,
      stopped: text,
      warnings: [text],
      reach: [
        { operation: text, reachedAs: [text], why: "" },
        { operation: `${text} `, reachedAs: [], why: text },
      ],
      principals: [{ name: text, role: text, signedIn: true }],
      policyOf: () => text,
      exchanges: answered,
    },
  );
}

/** Without the styles that the report itself uses; any other escape sequence stays. */
function withoutStyles(lines: string): string {
  return ["0", "1", "2", "31", "33", "32", "36", "1;31"].reduce(
    (text, code) => text.replaceAll(`\u001b[${code}m`, ""),
    lines,
  );
}

const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe("harmless text", () => {
  it("shows what a terminal would obey, and keeps what it would not", () => {
    assert.equal(harmless("a\u001b[2Jb\u202ec\n\t"), "a\\x1b[2Jb\\u202ec\\n\\t");
    assert.equal(harmless("Käse, 日本語, 👍, <b>"), "Käse, 日本語, 👍, <b>");
    assert.equal(harmless("\ud800"), "\ufffd");
    assert.equal(harmlessLines("a\r\nb\rc"), "a\nb\\rc");
  });

  it("says the same in JSON", () => {
    const value = { text: "\u001b\u009b\u202e\u2028\u007f\u{e0041} 日本語" };
    const json = harmlessJson(value);
    assert.deepEqual(JSON.parse(json), value);
    assert.doesNotMatch(json.replaceAll("\n", ""), unseen);
  });
});

for (const [name, text] of payloads)
  describe(`a target that says ${name}`, () => {
    const made = hostile(text);

    it("sends nothing that a terminal obeys, in any format", () => {
      for (const color of [true, false]) {
        const lines = renderTerminal(made, { color, width: 90, verbose: true });
        assert.doesNotMatch(withoutStyles(lines).replaceAll("\n", ""), unseen);
      }
      for (const written of [toJson(made), toSarif(made), toJUnit(made), toHtml(made)])
        assert.doesNotMatch(written.replaceAll("\n", ""), unseen);
    });

    it("adds no element and no attribute to the page", () => {
      const shape = (page: string): readonly string[] =>
        [
          ...page
            .replace(/<style>[\s\S]*?<\/style>/, "")
            .matchAll(/<\/?([a-z]\w*)((?: [^<>]*)?)>/g),
        ].map(([, tag = "", attributes = ""]) => `${tag}${attributes.replaceAll(/"[^"]*"/g, "")}`);
      const page = toHtml(made);
      assert.deepEqual(shape(page), shape(toHtml(hostile("harmless"))));
      assert.equal(page.split("<").length, toHtml(hostile("harmless")).split("<").length);
    });

    it("leaves XML well formed, with as many elements", () => {
      const names = (one: Report): readonly string[] =>
        elementsOf(toJUnit(one)).map((element) => element.name);
      assert.deepEqual(names(made), names(hostile("harmless")));
    });

    it("leaves JSON that says what it said", () => {
      const [finding] = JSON.parse(toJson(made)).findings;
      assert.equal(finding.target, `GET /${text}`.toWellFormed());
    });

    it("puts no link into SARIF", () => {
      for (const { message } of JSON.parse(toSarif(made)).runs[0].results)
        assert.doesNotMatch(message.text, /\]\(/);
    });
  });
