import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { lineOf } from "../src/report/document-line.ts";
import { toHtml } from "../src/report/html.ts";
import { toJson } from "../src/report/json.ts";
import { toJUnit } from "../src/report/junit.ts";
import { createProgressLine } from "../src/report/progress-line.ts";
import type { Report } from "../src/report/report.ts";
import { toSarif } from "../src/report/sarif.ts";
import { renderTerminal } from "../src/report/terminal.ts";
import { cells } from "../src/report/text-layout.ts";
import {
  exchange,
  fullReport,
  oneFinding,
  outcome,
  report,
  secretOf,
  technique,
  tried,
} from "./report-fixtures.ts";
import { elementsOf } from "./xml-elements.ts";

const id = oneFinding().findings[0]?.id ?? "";
const plain = { color: false, width: 100 };

const formats: readonly (readonly [name: string, write: (report: Report) => string])[] = [
  ["terminal", (made) => renderTerminal(made, { ...plain, verbose: true })],
  ["JSON", toJson],
  ["SARIF", (made) => toSarif(made)],
  ["JUnit", toJUnit],
  ["HTML", toHtml],
];

describe("the report for a terminal", () => {
  const text = renderTerminal(fullReport(), plain);

  it("has ten rows with their standing in words", () => {
    const rows = text.split("\n").filter((line) => /^API\d+ /.test(line));
    assert.equal(rows.length, 10);
    assert.match(rows[0] ?? "", /^API1 .*✗ broken +2 +1 +0 +1$/);
    assert.match(rows[1] ?? "", /^API2 .*– not tested +0 +0 +0 +0$/);
    assert.match(rows[3] ?? "", /^API4 .*✓ held +1 +1 +0 +0$/);
    assert.match(rows[7] ?? "", /^API8 .*✓ held +2 +1 +0 +0\+1\?$/);
  });

  it("says what was reached, what was not, and why", () => {
    assert.match(text, /1 of 2 operations answered a valid request/);
    assert.match(text, /- POST \/refunds: it answered 422 to every request/);
    assert.match(text, /Never signed in: carol \(admin\)/);
  });

  it("tells of a finding all that is needed to see, repeat and mend it", () => {
    assert.match(text, new RegExp(`^HIGH  ${id}  API1$`, "m"));
    for (const words of [
      "Read another's object by its id",
      "GET /orders/{id}",
      "Bob read the order of Alice.",
      "API1 at GET /orders/{id}",
      "A1-01 (id of another)",
      "Ask for the owner in the query that loads the object.",
    ])
      assert.ok(text.includes(words), words);
    assert.match(text, /^ {2}Repeat +curl .*http:\/\/127\.0\.0\.1:8080\/v1\/orders\/1$/m);
  });

  it("lists suspicions, and what was not tested with what would unlock it", () => {
    assert.match(text, /Suspicions: worth a look, not proven\n +SKA-\w+ +high +Header missing/);
    assert.match(text, /Nothing is known about API2, API3, API5, API6, API7, API9, API10\./);
    assert.match(text, /- needs a JSON Web Token: 1 technique \(J-02\)\. To unlock: /);
    assert.match(text, /- W-01 ended early: TypeError: x is undefined/);
  });

  it("says how it ended", () => {
    const clean = report([tried(technique(), [outcome("protected")])]);
    assert.match(text, /Findings\. 1 finding to mend\.\n$/);
    assert.match(renderTerminal(clean, plain), /Clean\. No new finding\.\n$/);
    assert.match(renderTerminal(report([]), plain), /Not clean\. Too little was judged/);
    const partial = renderTerminal(oneFinding({ stopped: "Ctrl-C" }), plain);
    assert.match(partial, /Stopped early: Ctrl-C\. The report is partial\./);
  });

  it("keeps to the width, but for lines to copy", () => {
    const long = "a very long explanation of why nothing was reached ".repeat(6);
    const reach = [{ operation: `GET /${"x".repeat(150)}`, reachedAs: [], why: long }];
    for (const width of [60, 80, 140]) {
      const lines = renderTerminal(fullReport({ reach, title: "日本語".repeat(40) }), {
        color: false,
        width,
        verbose: true,
      }).split("\n");
      const tooLong = lines.filter((line) => cells(line) > width && !line.includes("curl "));
      assert.deepEqual(tooLong, []);
    }
  });

  it("says the same with and without colour", () => {
    const colored = renderTerminal(fullReport(), { ...plain, color: true });
    assert.notEqual(colored, text);
    assert.equal(stripVTControlCharacters(colored), text);
    assert.ok(!text.includes("\u001b"));
  });

  it("shows techniques and exchanges when it is asked for more", () => {
    const more = renderTerminal(fullReport(), { ...plain, verbose: true });
    assert.match(more, /J-02 +Algorithm none: not run, needs a JSON Web Token/);
    assert.match(more, /bob: GET \/v1\/orders\/1 → 200/);
    assert.doesNotMatch(text, /→ 200/);
  });
});

describe("the progress line", () => {
  const events = [
    { kind: "document", title: "Shop \u001b[2J", operations: 3 },
    { kind: "technique", id: "A1-01", title: "Read", risk: "API1", index: 1, of: 9 },
    { kind: "finding", id, title: "Read", target: "GET /a", confirmed: true },
  ] as const;

  function shown(terminal: boolean): string {
    const parts: string[] = [];
    const stream = { write: (text: string) => parts.push(text), isTTY: terminal, columns: 20 };
    const line = createProgressLine(stream);
    for (const event of events) line.show(event);
    line.end();
    line.show(events[1]);
    return parts.join("");
  }

  it("is one line that changes on a terminal, and findings stay", () => {
    const clear = "\r\u001b[2K";
    assert.equal(
      shown(true),
      `${clear}Shop \\x1b[2J: 3 operations in the document\n` +
        `${clear}[1/9] API1 A1-01 R…` +
        `${clear}Found: Read, GET /a (${id})\n${clear}`,
    );
  });

  it("is plain lines elsewhere", () => {
    assert.equal(
      shown(false),
      "Shop \\x1b[2J: 3 operations in the document\n" +
        `[1/9] API1 A1-01 Read\nFound: Read, GET /a (${id})\n`,
    );
  });
});

describe("the JSON report", () => {
  const made = JSON.parse(toJson(fullReport()));

  it("has the documented shape", () => {
    assert.deepEqual(Object.keys(made), [
      "format",
      "tool",
      "target",
      "title",
      "startedAt",
      "endedAt",
      "seed",
      "stopped",
      "exitCode",
      "requests",
      "risks",
      "findings",
      "suspicions",
      "techniques",
      "coverage",
      "principals",
      "notTested",
      "warnings",
    ]);
    assert.equal(made.format, 1);
    assert.equal(made.exitCode, 1);
    assert.equal(made.startedAt, "2026-03-01T14:05:09.000Z");
    assert.equal(made.stopped, null);
    assert.equal(made.findings[0].id, id);
    assert.deepEqual(made.techniques[0].verdicts, {
      vulnerable: 1,
      suspected: 0,
      protected: 1,
      inconclusive: 0,
      notApplicable: 0,
    });
    assert.deepEqual(made.notTested.locked[0].techniques, ["J-02"]);
  });

  it("has the exchanges of findings and no others", () => {
    const other = exchange("/v1/elsewhere", "alice");
    const text = toJson(oneFinding({ exchanges: [other] }));
    const [control, attack] = JSON.parse(text).findings[0].evidence;
    assert.equal(control.as, "alice");
    assert.equal(attack.as, "bob");
    assert.equal(attack.request.path, "/v1/orders/1");
    assert.equal(attack.answer.body, '{"note":"alice keeps this"}');
    assert.doesNotMatch(text, /elsewhere/);
  });

  it("cuts a long body and says so", () => {
    const evidence = [exchange("/orders/1", "bob", { text: "x".repeat(9000) })];
    const text = toJson(report([tried(technique(), [outcome("vulnerable", { evidence })])]));
    const { answer } = JSON.parse(text).findings[0].evidence[0];
    assert.match(answer.body, /^x{4000}… \(5000 more characters\)$/);
    assert.equal(answer.bytes, 9000);
  });
});

describe("the JUnit report", () => {
  const elements = elementsOf(toJUnit(fullReport()));
  const named = (start: string) =>
    elements.find(({ name, attributes }) =>
      name === "testcase" ? attributes["name"]?.startsWith(start) : false,
    );

  it("has a suite for each risk and a case for each technique", () => {
    const suites = elements.filter(({ name }) => name === "testsuite");
    assert.equal(suites.length, 10);
    assert.equal(elements.filter(({ name }) => name === "testcase").length, 7);
    assert.equal(suites[0]?.attributes["name"], "API1 Broken object level authorization");
    const [root] = elements;
    assert.equal(root?.name, "testsuites");
    assert.deepEqual(
      [root?.attributes["tests"], root?.attributes["failures"], root?.attributes["skipped"]],
      ["7", "1", "4"],
    );
  });

  it("fails, skips and passes, and says why", () => {
    const inner = (start: string): readonly string[] => named(start)?.children ?? ["none"];
    assert.deepEqual(inner("A1-01"), ["failure"]);
    assert.deepEqual(inner("K-09"), ["system-out"]);
    assert.deepEqual(inner("R-01"), []);
    for (const skipped of ["F-01", "U-01", "J-02", "W-01"])
      assert.deepEqual(inner(skipped), ["skipped"]);
    const reasons = elements
      .filter(({ name }) => name === "skipped")
      .map(({ attributes }) => attributes["message"]);
    assert.deepEqual(reasons, [
      "not run, needs a JSON Web Token",
      "1 inconclusive: the rightful request was answered 500",
      "nothing to try it on: no operation takes a URL",
      "ended early: TypeError: x is undefined",
    ]);
  });

  it("does not fail for what is known", () => {
    const xml = toJUnit(fullReport({ baseline: [id] }));
    assert.doesNotMatch(xml, /<failure/);
    assert.match(xml, /<system-out>Known: SKA-/);
  });
});

describe("the HTML report", () => {
  const page = toHtml(fullReport());

  it("forbids itself everything but its style sheet, and asks nobody for anything", () => {
    assert.match(page, /content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;;/);
    assert.doesNotMatch(page, /<(script|img|link|iframe|object|form|base)\b/i);
    assert.doesNotMatch(page, /\b(src|action|srcset)=|url\(|@import/i);
    const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, link = ""]) => link);
    assert.ok(links.length > 0);
    assert.deepEqual(
      links.filter((link) => !link.startsWith("#")),
      [],
    );
  });

  it("has the summary first, one main heading, and headings that skip no level", () => {
    const levels = [...page.matchAll(/<h(\d)/g)].map(([, level]) => Number(level));
    assert.equal(levels.filter((level) => level === 1).length, 1);
    for (const [index, level] of levels.entries())
      assert.ok(level <= (levels[index - 1] ?? 0) + 1, `heading ${index + 1}`);
    const order = ["summary", "findings", "suspicions", "coverage", "not-tested", "techniques"];
    const places = order.map((name) => page.indexOf(`<h2 id="${name}"`));
    assert.ok(places.every((place) => place > 0));
    assert.deepEqual(
      places,
      places.toSorted((one, other) => one - other),
    );
    assert.match(page, /<a class="skip" href="#summary">/);
  });

  it("shows each finding with its evidence and a line to repeat it", () => {
    assert.match(page, new RegExp(`<article class="finding" id="${id}">`));
    assert.match(page, /As <strong>bob<\/strong>,\s+answered 200/);
    assert.match(page, /<pre>curl [^<]*127\.0\.0\.1:8080\/v1\/orders\/1<\/pre>/);
  });
});

describe("the place of an operation in a document", () => {
  it("is the line of its method below its path", () => {
    const yaml =
      "paths:\n  /a:\n    get: {}\n  /b/{id}:\n    parameters: []\n    get: {}\n    put: {}\n";
    assert.equal(lineOf("GET /a", yaml), 3);
    assert.equal(lineOf("GET /b/{id}", yaml), 6);
    assert.equal(lineOf("PUT /b/{id}", yaml), 7);
    assert.equal(lineOf("PUT /a", yaml), 2);
    assert.equal(lineOf("GET /c", yaml), 1);
    const json = JSON.stringify({ paths: { "/a": { get: {}, put: {} } } }, undefined, 2);
    assert.equal(lineOf("PUT /a", json), 5);
    assert.equal(lineOf("", json), 1);
  });
});

describe("every format", () => {
  for (const [name, write] of formats) {
    it(`holds the finding and no credential (${name})`, () => {
      const text = write(oneFinding());
      assert.ok(text.includes(id), "the finding is in it");
      assert.ok(!text.includes(secretOf("bob")) && !text.includes(secretOf("alice")));
    });

    it(`is written for a report without anything (${name})`, () => {
      const empty = report([], { reach: [], principals: [], warnings: [] });
      assert.ok(write(empty).includes("API10"));
    });
  }
});
