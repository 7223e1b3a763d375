/** What people see: the first page and the documentation, served and in a real browser. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { chromium, type Browser, type Page } from "playwright-core";
import { accessSentence, entriesOf, type Document } from "../pages/describe.js";
import { runShop, type RunningShop } from "./running-shop.ts";

const browserPath = "/usr/bin/chromium";
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
  "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const pages: readonly string[] = ["/", "/docs"];
const files: readonly (readonly [path: string, mediaType: string])[] = [
  ["/docs/docs.css", "text/css; charset=utf-8"],
  ["/docs/docs.js", "text/javascript; charset=utf-8"],
  ["/docs/describe.js", "text/javascript; charset=utf-8"],
  ["/docs/elements.js", "text/javascript; charset=utf-8"],
  ["/docs/try.js", "text/javascript; charset=utf-8"],
  ["/docs/icon.svg", "image/svg+xml"],
];

describe("the pages for people", () => {
  let running: RunningShop;

  before(async () => {
    running = await runShop();
  });
  after(() => running.close());

  for (const path of pages)
    it(`${path} is HTML that may load its own files and nothing else`, async () => {
      const answer = await running.send(path);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("content-type"), "text/html; charset=utf-8");
      assert.equal(answer.headers.get("content-security-policy"), pagePolicy);
      assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
      // What the policy would forbid is not even there.
      assert.doesNotMatch(
        answer.text,
        /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:/i,
      );
    });

  for (const [path, mediaType] of files)
    it(`${path} is ${mediaType}`, async () => {
      const answer = await running.send(path);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("content-type"), mediaType);
      assert.match(answer.headers.get("content-security-policy") ?? "", /^default-src 'none'/);
      assert.doesNotMatch(answer.text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write/);
      assert.doesNotMatch(answer.text, /\beval\(|new Function|localStorage|sessionStorage|cookie/);
    });

  it("they refer to nothing but what the service itself answers", async () => {
    const seen = new Set<string>();
    for (const path of [...pages, ...files.map(([file]) => file)]) {
      const { text } = await running.send(path);
      for (const [, target = ""] of text.matchAll(
        /(?:href|src|from|fetch\()[=\s]*"([^"#]+)"|url\(([^)]+)\)/g,
      ))
        seen.add(target.replace(/^\.\//, "/docs/"));
      const foreign = [...text.matchAll(/https?:\/\/[^\s"'`)]+/g)].map(([url]) => url);
      assert.deepEqual(
        foreign.filter((url) => url !== "http://www.w3.org/2000/svg"),
        [],
        path,
      );
    }
    for (const file of files) assert.ok(seen.has(file[0]), `nothing loads ${file[0]}`);
    for (const target of seen) {
      const { status } = await running.send(target);
      // An order list without papers is a link on purpose.
      assert.equal(status, target === "/api/orders" ? 401 : 200, target);
    }
  });

  it("they have every element that their script looks for, and no id twice", async () => {
    const html = (await running.send("/docs")).text;
    const script = (await running.send("/docs/docs.js")).text;
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = ""]) => id);
    const wanted = [...script.matchAll(/byId\("([^"]+)"/g)].map(([, id = ""]) => id);
    assert.ok(wanted.length >= 5);
    for (const id of wanted) assert.ok(ids.includes(id), `there is no ${id}`);
    assert.equal(new Set(ids).size, ids.length);
    for (const [, id = ""] of html.matchAll(/<input[^>]*\sid="([^"]+)"/g))
      assert.ok(html.includes(`<label for="${id}"`), `${id} has no label`);
  });

  it("say in words who may call each operation", async () => {
    const entries = entriesOf(await documentOf(running));
    assert.ok(entries.length >= 30, `only ${entries.length} operations`);
    for (const { operation } of entries) {
      const { access } = operation["x-sekisho"];
      assert.notEqual(accessSentence(access), access, operation.operationId);
    }
  });

  it("work in a browser", async (t) => {
    if (!existsSync(browserPath)) {
      t.diagnostic(`left out: there is no ${browserPath}`);
      return;
    }
    const browser = await chromium.launch({
      executablePath: browserPath,
      args: [
        ..."--no-sandbox --disable-gpu --disable-quic --no-first-run".split(" "),
        ..."--disable-background-networking --disable-component-update --disable-sync".split(" "),
      ],
    });
    try {
      await t.test("the documentation shows every operation", () => showsAll(browser, running));
      await t.test("it can be searched and used by keyboard", () => isSearched(browser, running));
      await t.test("it tries a call with a token", () => triesCall(browser, running));
      await t.test("it shows markup in the document as text", () => escapes(browser, running));
      for (const path of pages)
        await t.test(`${path} fits a narrow screen`, () => fits(browser, running, path));
    } finally {
      await browser.close();
    }
  });
});

async function documentOf(running: RunningShop): Promise<Document> {
  return (await running.send("/openapi.json")).json() as unknown as Document;
}

/** Complaints of the page: errors of scripts, breaches of the policy, requests that leave. */
interface Watched {
  readonly page: Page;
  readonly complaints: readonly string[];
}

async function open(
  browser: Browser,
  { origin }: RunningShop,
  path: string,
  width = 1_280,
): Promise<Watched> {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) complaints.push(`left for ${request.url()}`);
  });
  await page.goto(`${origin}${path}`);
  if (path.startsWith("/docs")) await page.waitForSelector("body[data-ready]");
  return { page, complaints };
}

async function showsAll(browser: Browser, running: RunningShop): Promise<void> {
  const ids = entriesOf(await documentOf(running)).map(({ operation }) => operation.operationId);
  const { page, complaints } = await open(browser, running, "/docs");
  const shown = await page.locator("article").evaluateAll((all) => all.map(({ id }) => id));
  assert.deepEqual(new Set(shown), new Set(ids));
  assert.equal(shown.length, ids.length);

  await page.click("#open-all");
  for (const id of ids) {
    const text = await page.locator(`[id="${id}"]`).innerText();
    for (const part of ["Who may call", "How often", "Lifecycle", "curl "])
      assert.ok(text.includes(part), `${id} does not say ${part}`);
  }
  const old = await page.locator('[id="get-api-v0-search"]').innerText();
  assert.match(old, /deprecated on 2026-06-01; answers 410 from 2027-06-30 on; use \/api\/search/);
  const levels = await page
    .locator("h1, h2, h3, h4")
    .evaluateAll((all) => all.map(({ tagName }) => Number(tagName.slice(1))));
  for (const [index, level] of levels.entries())
    assert.ok(level <= (levels[index - 1] ?? 0) + 1, `heading ${index} skips a level`);
  assert.deepEqual(complaints, []);
  await page.close();
}

async function isSearched(browser: Browser, running: RunningShop): Promise<void> {
  const { page, complaints } = await open(browser, running, "/docs");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate("document.activeElement.className"), "skip");
  await page.locator("#search").focus();
  await page.keyboard.type("webhooks");
  assert.equal(await page.locator("article:visible").count(), 1);
  assert.match(await page.locator("#count").innerText(), /^1 of \d+ operations/);

  const summary = page.locator("article:visible summary");
  await summary.focus();
  await page.keyboard.press("Enter");
  assert.ok(await page.locator("article:visible .inside").isVisible());
  await page.locator("#search").fill("no such thing");
  assert.equal(await page.locator("article:visible").count(), 0);
  assert.deepEqual(complaints, []);
  await page.close();
}

async function triesCall(browser: Browser, running: RunningShop): Promise<void> {
  const alice = await running.signIn("alice");
  const { page, complaints } = await open(browser, running, "/docs#get-api-users-me");
  const card = page.locator('[id="get-api-users-me"]');
  await page.locator("#token").fill(alice.token);
  await card.getByRole("button", { name: "Send" }).click();
  const answer = card.getByLabel("Answer");
  await answer.getByText(alice.id).waitFor();
  assert.match(await answer.innerText(), /^200\n/);
  assert.deepEqual(await page.context().cookies(), []);
  assert.equal(await page.evaluate("localStorage.length + sessionStorage.length"), 0);
  assert.deepEqual(complaints, []);
  await page.close();
}

async function escapes(browser: Browser, running: RunningShop): Promise<void> {
  const attack = '<img src=x onerror="document.title=`taken`"><script>1</script>';
  const whole = (await running.send("/openapi.json")).text.replace(
    '"summary":"Finds products"',
    `"summary":${JSON.stringify(attack)},"description":${JSON.stringify(attack)}`,
  );
  const page = await browser.newPage();
  await page.route("**/openapi.json", (route) =>
    route.fulfill({ body: whole, contentType: "application/json" }),
  );
  await page.goto(`${running.origin}/docs`);
  await page.waitForSelector("body[data-ready]");
  assert.ok((await page.locator("main").innerText()).includes(attack));
  assert.equal(await page.locator("main img, main script").count(), 0);
  await page.close();
}

async function fits(browser: Browser, running: RunningShop, path: string): Promise<void> {
  const { page, complaints } = await open(browser, running, path, 360);
  if (path === "/docs") await page.click("#open-all");
  assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 360);
  assert.deepEqual(complaints, []);
  await page.close();
}
