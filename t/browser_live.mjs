// SPDX-License-Identifier: MIT
// browser_live.mjs: what appears by itself, and what is told of
import assert from "node:assert/strict";
import { rowsAre, subjects, until } from "./browser_list.mjs";

function send(page, url, subject) {
	// A connection that was kept may be closed by the server as it is used.
	return page.request.post(url + "api/v1/send", { maxRetries: 2, data: {
		From: { Email: "live@example.com", Name: "Live" },
		To: [{ Email: "ann@example.com" }], Subject: subject, Text: "now",
	} }).then(async (answer) => assert.equal(answer.status(), 200, await answer.text()));
}

const first = (page, text) => until(page, async () =>
	(await subjects(page))[0] === text, text + " on top");
const isLive = (page, text) => until(page, async () =>
	(await page.locator("#live").textContent()).trim() === text, text);

export async function new_mail_appears_by_itself({ open, url, ids }) {
	const page = await open();
	await page.goto(url);
	await isLive(page, "Live");
	await page.locator("#list .pick").nth(2).click();
	await send(page, url, "Live one");
	await first(page, "Live one");
	assert.equal(await page.innerText("#selected"), "1 selected"); // still ticked
	assert.match(await page.title(), /^\(4\)/);
	assert.equal(await page.innerText("#inbox .badge >> nth=0").then((t) => parseInt(t, 10)), 4);
	const other = await open();
	await other.goto(url + "view/" + ids[0]); // marks it read
	await until(page, () => page.locator(`#m-${ids[0]}.read`).count(), "read there, read here");
	await other.goto(url + "search?q=subject:Live");
	await rowsAre(other, 1);
	await page.waitForTimeout(2000);
	await send(page, url, "Live two");
	await rowsAre(other, 2);
	await until(other, async () => (await other.innerText("#toasts")).includes("Live two"), "told");
	await page.request.delete(url + "api/v1/messages", { data: { IDs: [ids[1]] } });
	await until(page, async () => !await page.locator("#m-" + ids[1]).count(), "gone");
	await page.request.delete(url + "api/v1/messages");
	await page.waitForSelector(".empty");
	await send(page, url, "Live three");
	await first(page, "Live three");
}

// Of this site there is no stream.
export async function polling_where_streams_are_cut({ open, url }) {
	const page = await open();
	await page.goto(url);
	await isLive(page, "Live, every few seconds");
	await send(page, url, "Polled");
	await first(page, "Polled");
}

// A page for itself, as where a browser has no shared workers.
async function alone(open) {
	const page = await open();
	await page.addInitScript(() => { delete window.SharedWorker; });
	return page;
}

export async function a_page_can_follow_by_itself({ open, url }) {
	const page = await alone(open);
	await page.goto(url);
	await isLive(page, "Live");
	await send(page, url, "Followed");
	await first(page, "Followed");
}

export async function a_server_that_is_gone({ open, url }) {
	const page = await alone(open);
	await page.route(/events|api/, (route) => route.abort());
	await page.goto(url);
	await isLive(page, "Not connected");
	const told = page.locator("#toasts", { hasText: "What is shown may be old" });
	await told.waitFor();
	await page.waitForTimeout(6000); // it is told once
	assert.equal(await page.locator("#toasts .bad").count(), 1);
	await page.unroute(/events|api/);
	await send(page, url, "Here again");
	await first(page, "Here again");
	await isLive(page, "Live");
}

// The server closes each stream behind what it says, once.
async function streamOf(page, type, data) {
	let times = 0;
	await page.route("**/events", (route) => (times++ ? route.abort() : route.fulfill({
		contentType: "text/event-stream",
		body: `event: ${type}\ndata: ${JSON.stringify({ Type: type, Data: data })}\n\n`,
	})));
}

export async function refused_mail_is_told_of({ open, url }) {
	const page = await alone(open);
	await streamOf(page, "error", { Type: "smtpd", IP: "192.0.2.7", Message: "550 5.7.1 no" });
	await page.goto(url);
	await page.locator(".toast.bad", { hasText: "SMTPD \u00b7 192.0.2.7 \u00b7 550 5.7.1 no" })
		.waitFor();
}

export async function a_new_version_is_loaded({ open, url }) {
	const page = await alone(open);
	await streamOf(page, "stats", { Total: 7, Unread: 3, Version: "99.0" });
	let asked = 0;
	page.on("request", (request) => { asked += request.isNavigationRequest(); });
	await page.goto(url).catch(() => {}); // it may be loaded again before its end
	await until(page, () => asked === 2, "loaded again");
}

// More pages than a browser makes connections.
export async function many_pages_at_once({ open, url }) {
	const page = await open();
	const pages = [page];
	while (pages.length < 9)
		pages.push(await page.context().newPage());
	for (const one of pages) {
		await one.goto(url, { timeout: 10000 });
		await isLive(one, "Live");
	}
	await pages[0].close(); // the others go on
	await send(pages[1], url, "To all");
	for (const one of pages.slice(1))
		await first(one, "To all");
}

// What is the same stays, and with it the focus.
export async function new_mail_disturbs_nobody({ open, url, ids }) {
	const page = await open();
	await page.goto(url);
	await isLive(page, "Live");
	const row = await page.locator("#m-" + ids[2]).elementHandle();
	const age = await page.locator(`#m-${ids[2]} time`).innerText();
	for (const [place, subject] of [["#inbox", "One"], ["#older", "Two"], ["#all-delete", "Three"],
		[`#m-${ids[2]} .pick input`, "Four"], [".pager select", "Five"]]) {
		await page.focus(place);
		await send(page, url, subject);
		await first(page, subject);
		assert.ok(await page.locator(place).evaluate((e) => e === document.activeElement), place);
	}
	assert.ok(await row.evaluate((r) => r.isConnected), "that row is the same");
	assert.equal(await page.locator(`#m-${ids[2]} time`).innerText(), age);
	assert.equal(await page.locator("#list .row.fresh").count(), 5);
	// In the list itself nothing is shown besides, and nothing can have the focus.
	assert.equal(await page.locator("#toasts .toast, #toasts a").count(), 0);
}

export async function a_later_page_stays_as_it_is({ open, url }) {
	const page = await open();
	await page.goto(url + "?limit=25&start=25");
	await isLive(page, "Live");
	const rows = () => page.locator("#list .row").evaluateAll((all) => all.map((r) => r.id));
	const before = await rows();
	for (const subject of ["One", "Two", "Three"])
		await send(page, url, subject);
	await page.waitForURL(/start=28/);
	await until(page, async () => (await page.innerText(".range")) === "29\u201353 of 63", "range");
	assert.deepEqual(await rows(), before);
	await page.click("#newer");
	await page.waitForURL(/start=3\b/);
}

export async function a_page_that_comes_back({ open, url }) {
	const page = await open();
	await page.goto(url);
	await isLive(page, "Live");
	await page.waitForTimeout(1500); // what that made it fetch is there
	const happens = (type) => page.evaluate((type) =>
		window.dispatchEvent(new PageTransitionEvent(type, { persisted: true })), type);
	await happens("pagehide"); // kept by the browser as it is
	await send(page, url, "Meanwhile");
	await page.waitForTimeout(2500);
	assert.notEqual((await subjects(page))[0], "Meanwhile");
	await happens("pageshow");
	await first(page, "Meanwhile");
	await send(page, url, "And then");
	await first(page, "And then");
}

export async function the_grown_list_follows({ open, url }) {
	const page = await open();
	await page.goto(url);
	await page.locator("#list .go").nth(30).click();
	await isLive(page, "Live");
	const rows = page.locator(".siblings .row");
	const beside = page.locator(".siblings");
	await beside.evaluate((s) => s.scrollTo(0, s.scrollHeight));
	await until(page, async () => await rows.count() >= 100, "older ones came");
	const count = await rows.count();
	await send(page, url, "On top");
	await until(page, async () => /On top/.test(await rows.first().innerText()), "on top");
	assert.equal(await rows.count(), count + 1);
	assert.equal(await page.locator(".siblings .current").count(), 1);
	await page.request.put(url + "api/v1/messages", { data: { Read: true } });
	await until(page, () => page.locator(".siblings .row.read").first()
		.evaluate((row) => row === row.parentElement.firstElementChild), "read there, read here");
	assert.equal(await rows.count(), count + 1);
}

export async function unread_in_title_and_icon({ open, url }) {
	const page = await open();
	await page.goto(url);
	assert.match(await page.title(), /^\(3\) Inbox/);
	const icon = () => page.getAttribute("link[rel=icon]", "href");
	await until(page, async () => (await icon()).startsWith("data:image/png"), "a badge");
	await page.click("#all-read");
	await page.click("#ask .main");
	await until(page, async () => (await icon()).includes("favicon.svg"), "no badge");
	assert.doesNotMatch(await page.title(), /^\(/);
}

export async function notifications({ open, url }) {
	const page = await open({ permissions: ["notifications"] });
	await page.addInitScript(() => {
		window.told = [];
		window.Notification = class {
			static permission = "default";
			static async requestPermission() {
				return (window.Notification.permission = "granted");
			}
			constructor(title, options) {
				window.told.push([title, options.body]);
			}
		};
	});
	await page.goto(url);
	await page.click("#bell");
	await until(page, async () => !await page.locator("#bell").isVisible(), "it is on");
	await isLive(page, "Live");
	await send(page, url, "Look here");
	await until(page, () => page.evaluate(() => window.told.length === 1), "told");
	assert.deepEqual(await page.evaluate(() => window.told[0]), ["New mail from Live", "Look here"]);
	await page.goto(url + "settings");
	await page.uncheck("[name=notify]");
	await page.click("text=Save");
	await page.goto(url);
	assert.equal(await page.evaluate(() => "notify" in document.documentElement.dataset), false);
}
