// SPDX-License-Identifier: MIT
// browser_message.mjs: one message and its tabs
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { noticeIs, rowsAre, until } from "./browser_list.mjs";

const [ORDER, REPORT] = [0, 1];

export async function opening_marks_read({ open, url, ids }) {
	const page = await open();
	await page.goto(url);
	await page.locator("#list .go").nth(ORDER).click();
	await page.waitForSelector("#message");
	assert.equal(page.url(), url + "view/" + ids[ORDER]);
	assert.match(await page.title(), /^\(2\) Your order #1042 has been sent/);
	const head = await page.innerText(".message-head");
	for (const part of ["Your order #1042 has been sent", "Shop", "orders@shop.example",
		"ann@example.com", "Return-Path", "app@example.com", "kB", "orders", "map.png"])
		assert.ok(head.includes(part), part);
	assert.equal(await page.locator(".siblings .current").getAttribute("id"), "m-" + ids[ORDER]);
	await page.click("#next");
	await page.waitForURL(url + "view/" + ids[REPORT]);
	await page.click("#prev");
	await page.waitForURL(url + "view/" + ids[ORDER]);
	await page.click(".address >> nth=0");
	await rowsAre(page, 1);
	await page.goBack();
	await page.click("#mark-unread");
	await page.waitForSelector("#list");
	assert.equal(await page.locator(`#m-${ids[ORDER]}.unread`).count(), 1);
	await page.goto(url + "view/latest");
	assert.equal(page.url(), url + "view/" + ids[ORDER]);
	const gone = await page.goto(url + "view/0000000000000000000000");
	assert.equal(gone.status(), 404);
	assert.match(await page.innerText("main"), /not here/);
}

export async function tabs_have_urls({ open, url, ids }) {
	const page = await open();
	const tab = async (id, name) => {
		await page.goto(url + "view/" + id + "?tab=" + name);
		return page.innerText(".tab");
	};
	await page.goto(url + "view/" + ids[ORDER]);
	assert.equal(await page.innerText(".tab-link[aria-current]"), "HTML");
	const source = await tab(ids[ORDER], "source");
	assert.ok(source.includes('<img src="cid:map@shop"'), "as it came: " + source);
	assert.ok(await page.locator(".s-tag").count() > 10);
	assert.equal(await page.locator(".s-comment").innerText(), "<!-- preheader -->");
	await page.click("#wrap");
	assert.equal(await page.locator(".code").evaluate((c) => getComputedStyle(c).whiteSpace), "pre");
	assert.match(await tab(ids[REPORT], "text"), /Please find the report/);
	const link = page.locator(".plain-text a").first();
	assert.equal(await link.getAttribute("href"), "https://example.com/reports?id=7");
	assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
	const headers = await tab(ids[3], "headers");
	assert.ok(headers.includes("\u{1f389} Welcome aboard"), "decoded");
	assert.match(headers, /=\?utf-8\?/i);
	const raw = await tab(ids[REPORT], "raw");
	assert.match(raw, /^Wrap lines\s+Return-Path: <app@example.com>/);
	assert.match(raw, /Content-Type: application\/pdf/);
	const findings = await tab(ids[REPORT], "findings");
	assert.match(findings, /Nothing odd/);
	assert.match(findings, /MAIL FROM\s+app@example.com/);
	await tab(ids[REPORT], "html"); // has none: the text is shown
	assert.equal(await page.innerText(".tab-link[aria-current]"), "Text");
}

export async function html_is_shut_in({ open, url, ids }) {
	const page = await open();
	let asked = 0;
	await page.route("https://track.example/**", (route) => {
		asked++;
		return route.fulfill({ status: 204 });
	});
	await page.goto(url + "view/" + ids[ORDER]);
	const frame = page.frameLocator("#frame");
	await frame.locator("h1").waitFor();
	const image = frame.locator("img[alt=Map]");
	await until(page, () => image.evaluate((i) => i.naturalWidth === 320), "the embedded image");
	assert.equal(await page.getAttribute("#frame", "sandbox"),
		"allow-popups allow-popups-to-escape-sandbox");
	assert.equal(asked, 0, "nothing remote");
	assert.match(await page.innerText(".remote"), /Remote content is off/);
	await page.click("#show-remote");
	await until(page, () => asked === 1, "the remote image");
	assert.match(await page.innerText(".remote"), /is shown/);
	assert.match(await frame.locator("a.button").getAttribute("rel"), /noopener/);
}

export async function widths_of_a_phone_and_a_tablet({ open, url, ids }) {
	const page = await open();
	await page.goto(url + "view/" + ids[ORDER]);
	const width = async () => (await page.locator("#frame").boundingBox()).width;
	const full = await width();
	await page.click("[data-width=phone]");
	assert.equal(await width(), 393);
	assert.match(page.url(), /width=phone/);
	await page.click("[data-width=tablet]");
	assert.equal(await width(), 786);
	await page.reload();
	assert.equal(await width(), 786);
	await page.click("[data-width=full]");
	assert.equal(await width(), full);
}

export async function headers_can_be_filtered({ open, url, ids }) {
	const page = await open();
	await page.goto(url + "view/" + ids[ORDER] + "?tab=headers");
	const shown = () => page.locator("#headers tbody tr:visible").count();
	assert.ok(await shown() > 7);
	await page.fill("#header-filter", "return PATH");
	assert.equal(await shown(), 1);
	await page.fill("#header-filter", "surely not there");
	assert.equal(await shown(), 0);
	assert.match(await page.innerText("#header-none"), /No matching/);
}

export async function attachments({ open, url, ids }) {
	const page = await open({ permissions: ["clipboard-read", "clipboard-write"] });
	await page.goto(url + "view/" + ids[REPORT]);
	await page.click(".attached a");
	assert.equal(await page.locator(".part").count(), 4);
	const image = page.locator(".part img");
	await image.scrollIntoViewIfNeeded();
	await until(page, () => image.evaluate((i) => i.naturalWidth === 180), "a small picture");
	const pdf = page.locator(".part").first();
	assert.match(await pdf.innerText(), /report 2026-11\.pdf[^]*application\/pdf[^]*5\.8 kB/);
	await pdf.getByText("Details").click();
	const sum = await pdf.locator(".sum").nth(2).innerText();
	assert.match(sum, /^[0-9a-f]{64}$/);
	await pdf.locator(".sum-copy").nth(2).click();
	await until(page, () => page.evaluate((sum) =>
		navigator.clipboard.readText().then((t) => t === sum), sum), "copied");
	const event = await page.innerText(".event");
	for (const part of ["Sprint planning, round two", "2026-12-03 09:00 UTC", "(repeats)",
		"Room 4", "Ann Lee <ann@example.com>", "eve@example.com"])
		assert.ok(event.includes(part), part + " in " + event);
}

export async function a_message_within_a_message({ open, url, ids }) {
	const page = await open();
	await page.goto(url + "view/" + ids[REPORT] + "?tab=attachments");
	assert.equal(await page.locator(".part h2").last().innerText(), "Your order #77 has been sent");
	await page.getByText("Open", { exact: true }).click();
	await page.waitForURL(/part=/);
	assert.equal(await page.innerText(".message-head h1"), "Your order #77 has been sent");
	assert.match(await page.innerText(".inner"), /Report for November/);
	const frame = page.frameLocator("#frame");
	assert.match(await frame.locator("h1").innerText(), /Inner/);
	await until(page, () => frame.locator("img").first().evaluate((i) => i.naturalWidth === 320),
		"its embedded image");
	await page.getByText("Raw", { exact: true }).click();
	assert.match(await page.innerText(".tab"), /Subject: Your order #77/);
	await page.click(".inner a");
	await page.waitForSelector(".parts");
}

export async function downloads({ open, url, ids }) {
	const page = await open();
	await page.goto(url + "view/" + ids[REPORT]);
	const fetch = async (click) => {
		const [download] = await Promise.all([page.waitForEvent("download"), click()]);
		return [download.suggestedFilename(), readFileSync(await download.path(), "utf8")];
	};
	await page.click("#download summary");
	let [name, text] = await fetch(() => page.click("#download >> text=Raw message"));
	assert.equal(name, ids[REPORT] + ".eml");
	assert.match(text, /^Return-Path: <app@example.com>\r\n/);
	[name, text] = await fetch(() => page.click("#download >> text=Text body"));
	assert.equal(name, ids[REPORT] + ".txt");
	assert.match(text, /^Please find/);
	[name, text] = await fetch(() => page.click("#download >> text=Your order #77"));
	assert.match(name, /\.eml$/);
	assert.match(text, /^Subject: Your order #77/m);
	[name, text] = await fetch(() => page.click("#download >> text=report 2026-11.pdf"));
	assert.equal(name, "report 2026-11.pdf");
	assert.match(text, /^%PDF/);
	await page.goto(url + "view/" + ids[ORDER]);
	await page.click("#download summary");
	[name, text] = await fetch(() => page.click("#download >> text=HTML body"));
	assert.equal(name, ids[ORDER] + ".html");
	assert.match(text, /Thank you, Ann!/);
}

export async function deleting_goes_to_the_next({ open, url, ids }) {
	const page = await open();
	await page.goto(url + "view/" + ids[REPORT]);
	await page.click("#delete");
	await noticeIs(page, "1 message deleted");
	assert.equal(await page.getAttribute("#message", "data-id"), ids[2]);
	assert.equal(new URL(page.url()).pathname, "/view/" + ids[2]);
	await page.click("#undo");
	await page.waitForSelector("#list");
	await rowsAre(page, 7);
}

export async function tags_of_one_message({ open, url, ids }) {
	const page = await open();
	await page.goto(url + "view/" + ids[REPORT]);
	const frame = await page.locator("#message").elementHandle();
	await page.fill("#tag", "urgent");
	await page.press("#tag", "Enter");
	await page.waitForSelector("#tag-editor >> text=urgent");
	assert.ok(await frame.evaluate((f) => f.isConnected), "only that piece was changed");
	await page.waitForSelector(".side-tags a[data-tag=urgent]");
	assert.equal(await page.inputValue("#tag"), "");
	await page.fill("#tag", "no/name");
	await page.press("#tag", "Enter");
	await noticeIs(page, "no name for a tag");
	await page.click("button[aria-label='Remove tag finance']");
	await until(page, async () => !(await page.innerText("#tag-editor")).includes("finance"), "gone");
	await page.reload();
	assert.deepEqual(await page.locator("#tag-editor .tag").allInnerTexts(), ["reports", "urgent"]);
}

export async function the_list_beside_grows({ open, url }) {
	const page = await open();
	await page.goto(url);
	await page.locator("#list .go").nth(30).click();
	const rows = page.locator(".siblings .row");
	assert.equal(await rows.count(), 50);
	const current = page.locator(".siblings .current");
	await until(page, async () => {
		const [box, around] = [await current.boundingBox(),
			await page.locator(".siblings").boundingBox()];
		return box && box.y >= around.y && box.y < around.y + around.height;
	}, "the current one is in view");
	await page.locator(".siblings").evaluate((s) => s.scrollTo(0, s.scrollHeight));
	await until(page, async () => await rows.count() >= 100, "older ones came");
}

export async function hostile_mail_does_nothing({ open, url, ids }) {
	const page = await open();
	const complaints = [];
	page.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
	await page.goto(url);
	assert.ok((await page.innerText("#list")).includes("<script>alert(1)</script>"));
	for (const tab of ["text", "headers", "raw", "findings"])
		await page.goto(url + "view/" + ids[5] + "?tab=" + tab);
	const hostile = '"><img src=x onerror=alert(3)>';
	await page.goto(url + "search?q=" + encodeURIComponent(hostile));
	assert.equal(await page.inputValue("#q"), hostile);
	assert.equal(await page.locator("img[src=x]").count(), 0);
	assert.deepEqual(complaints, []);
}

export async function very_many_people({ open, url, ids }) {
	const page = await open();
	await page.goto(url + "view/" + ids.at(-1));
	const to = page.locator(".message-head dl > div", { hasText: "person0@example.com" });
	assert.equal(await to.locator(".person:visible").count(), 6);
	await to.getByText("24 more").click();
	assert.equal(await to.locator(".person:visible").count(), 30);
	await page.goto(url + "view/" + ids.at(-2)); // ten are not too many
	assert.equal(await page.locator(".message-head details").count(), 0);
	assert.equal(await page.locator(".message-head .person:visible").count(), 12); // From, Bcc
}

export async function a_message_that_is_a_file({ open, url, ids }) {
	const page = await open();
	await page.goto(url + "view/" + ids.at(-1));
	assert.match(await page.innerText(".tab-link[aria-current]"), /^Attachments/);
	assert.equal(await page.innerText(".part h2"), "scan.pdf");
	await page.getByText("Text", { exact: true }).click();
	assert.match(await page.innerText(".tab"), /has no text/);
}

export async function how_to_unsubscribe({ open, url, ids }) {
	const page = await open();
	const row = page.locator(".message-head dl > div", { hasText: "Unsubscribe" });
	await page.goto(url + "view/" + ids.at(-2));
	assert.deepEqual(await row.locator("code").allInnerTexts(),
		["https://example.com/leave?u=1&v=2", "mailto:leave@example.com"]);
	assert.equal(await row.locator(".good").innerText(), "List-Unsubscribe=One-Click");
	assert.equal(await row.locator("a, .bad").count(), 0);
	await page.goto(url + "view/" + ids.at(-1));
	assert.match(await row.locator(".bad").innerText(), /no valid unsubscribe links/);
}

export async function what_was_odd({ open, url, ids }) {
	const page = await open();
	await page.goto(url + "view/" + ids.at(-1));
	assert.equal((await page.innerText(".tab-link >> text=Findings")).replace(/\s+/g, " "), "Findings 2");
	await page.click(".tab-link >> text=Findings");
	assert.deepEqual((await page.locator(".finding").allInnerTexts()).map((t) => t.replace(/\s+/g, " ")),
		["bare-lf a line ends with LF alone 3 times", "early spoke before the banner"]);
	assert.match(await page.innerText(".tab"), /MAIL SIZE=300/);
}

export async function each_line_has_its_direction({ open, url, ids }) {
	const page = await open();
	await page.goto(url + "view/" + ids.at(-1));
	const [hebrew, english] = await page.locator(".plain-text").evaluate((text) => {
		const at = (from, to) => {
			const range = document.createRange();
			range.setStart(text.firstChild, from);
			range.setEnd(text.firstChild, to);
			return range.getBoundingClientRect();
		};
		const s = text.textContent, line = s.indexOf("English"), box = text.getBoundingClientRect();
		return [box.right - at(0, 4).right, at(line, line + 7).left - box.left];
	});
	assert.ok(hebrew < 2 && english < 2, `${hebrew} ${english}`);
}
