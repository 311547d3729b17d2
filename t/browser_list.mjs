// SPDX-License-Identifier: MIT
// browser_list.mjs: lists, selecting, searching, tags
import assert from "node:assert/strict";

export const subjects = (page) => page.locator("#list .subject").allInnerTexts();
export const until = async (page, check, what) => {
	for (let i = 0; i < 200; i++) {
		if (await check())
			return;
		await page.waitForTimeout(50);
	}
	assert.fail("waited in vain: " + what);
};
export const rowsAre = (page, n) =>
	until(page, async () => await page.locator("#list .row").count() === n, n + " rows");
export const noticeIs = (page, text) =>
	until(page, async () => (await page.locator("#notices").innerText()).includes(text), text);

export async function a_row_shows_what_matters({ open, url }) {
	const page = await open();
	await page.goto(url);
	const row = page.locator("#list .row").nth(1);
	const text = await row.innerText();
	for (const part of ["Reports", "to team@example.com", "+2", "Report for November",
		"Please find the report", "finance", "reports", "kB", "min"])
		assert.ok(text.includes(part), part + " in " + text);
	assert.equal(await row.locator(".clip").getAttribute("title"), "4 attached");
	assert.match(await row.locator("time").getAttribute("title"), /20\d\d/);
	assert.match(await row.locator(".go").getAttribute("href"), /view\/[0-9A-Za-z]{22}$/);
	assert.match(await row.locator(".go .vh").innerText(), /Unread/);
	const hue = await row.locator(".tag").first().evaluate((t) => getComputedStyle(t).backgroundColor);
	assert.notEqual(hue, "rgba(0, 0, 0, 0)");
}

export async function pages_of_a_list({ open, url }) {
	const page = await open();
	await page.goto(url);
	await rowsAre(page, 50);
	await page.selectOption(".pager select", "25");
	await rowsAre(page, 25);
	await page.click("a#older");
	await until(page, async () => (await page.innerText(".range")) === "26\u201350 of 60", "range");
	assert.match(page.url(), /start=25/);
	await page.click("a#older");
	await until(page, async () => (await page.innerText(".range")) === "51\u201360 of 60", "range");
	assert.equal(await page.locator("a#older").count(), 0);
	await page.goto(url);
	await rowsAre(page, 25); // the size was kept
	await page.goto(url + "?limit=200");
	await rowsAre(page, 60);
	await page.goto(url + "?start=5000");
	await until(page, async () => !page.url().includes("start"), "falls back to the first page");
}

export async function selecting_with_check_boxes({ open, url }) {
	const page = await open();
	await page.goto(url);
	const pick = (n) => page.locator("#list .pick").nth(n);
	await pick(1).click();
	assert.equal(await page.innerText("#selected"), "1 selected");
	await pick(4).click({ modifiers: ["Shift"] });
	assert.equal(await page.innerText("#selected"), "4 selected");
	await page.click("#mark-read");
	await noticeIs(page, "messages marked read");
	assert.equal(await page.locator("#list .row.read").count() >= 4, true);
	await page.click("#mark-unread"); // they are still ticked
	await noticeIs(page, "4 messages marked unread");
	await page.click("#cancel");
	assert.equal(await page.locator("#selection").isVisible(), false);
	await page.click("#pick-all");
	assert.match(await page.innerText("#selected"), /^50 selected/);
	await page.click("#select-everything");
	assert.match(await page.innerText("#selected"), /^60 selected/);
	await page.click("#mark-read");
	await noticeIs(page, "messages marked read");
	await page.goto(url + "search?q=is:unread");
	await rowsAre(page, 0);
}

export async function selecting_by_touch({ open, url }) {
	const page = await open({ hasTouch: true, viewport: { width: 390, height: 844 } });
	await page.goto(url);
	await page.locator("#list .pick").nth(0).tap();
	await page.locator("#list .pick").nth(2).tap();
	assert.equal(await page.innerText("#selected"), "2 selected");
	const box = await page.locator("#list .pick").nth(0).boundingBox();
	assert.ok(box.width >= 44 && box.height >= 44, JSON.stringify(box));
	await page.locator("#delete").tap();
	await rowsAre(page, 5);
}

export async function deleting_and_undoing({ open, url }) {
	const page = await open();
	await page.goto(url);
	const before = await subjects(page);
	await page.locator("#list .pick").nth(0).click();
	await page.locator("#list .pick").nth(2).click();
	await page.click("#delete");
	await noticeIs(page, "2 messages deleted");
	await rowsAre(page, before.length - 2);
	await page.click("#undo");
	await noticeIs(page, "2 messages restored");
	await rowsAre(page, before.length);
	assert.deepEqual(await subjects(page), before);
}

export async function deleting_all_asks_first({ open, url }) {
	const page = await open();
	await page.goto(url);
	await page.click("#all-delete");
	await page.waitForSelector("#ask[open]");
	assert.match(await page.innerText("#ask"), /7 messages/);
	await page.click("#ask-cancel");
	await rowsAre(page, 7);
	await page.click("#all-delete");
	await page.click("#ask .main");
	await page.waitForSelector(".empty");
	assert.match(await page.innerText(".empty"), /No messages yet/);
	await page.click("#undo");
	await rowsAre(page, 7);
	await page.click("#all-read");
	await page.click("#ask .main");
	await until(page, async () => await page.locator("#list .row.unread").count() === 0, "all read");
	assert.doesNotMatch(await page.title(), /^\(/);
}

export async function search_results({ open, url }) {
	const page = await open();
	await page.goto(url);
	await page.fill("#q", "subject:report");
	await page.press("#q", "Enter");
	await until(page, async () => page.url().includes("search?q=subject"), "the search's URL");
	assert.deepEqual(await subjects(page), ["Report for November"]);
	assert.match(await page.title(), /subject:report/);
	await page.locator("#list .go").click();
	assert.match(page.url(), /q=subject/);
	await page.click("#back");
	assert.deepEqual(await subjects(page), ["Report for November"]);
	await page.click("#all-delete");
	await page.click("#ask .main");
	await until(page, async () => /No results/.test(await page.innerText("#list")), "deleted");
	await page.goto(url);
	await rowsAre(page, 6); // and nothing else is gone
	await page.goto(url + "search?q=after:nonsense");
	assert.match(await page.innerText("main"), /not understood/);
	await page.goto(url + "search?q=");
	await rowsAre(page, 6);
}

export async function tags_of_messages({ open, url }) {
	const page = await open();
	await page.goto(url);
	await page.locator("#list .pick").nth(2).click();
	await page.locator("#list .pick").nth(3).click();
	await page.fill("#tag", "two words");
	await page.click("#tag-add");
	await noticeIs(page, "2 messages tagged");
	await page.click(".side-tags a[data-tag='two words']");
	await rowsAre(page, 2);
	await page.locator("#list .pick").nth(0).click();
	await page.fill("#tag", "two words");
	await page.click("#tag-remove");
	await rowsAre(page, 1);
	await page.locator("#list .pick").nth(0).click();
	await page.fill("#tag", "not/valid");
	await page.click("#tag-add");
	await noticeIs(page, "no name for a tag");
	await page.click(".side-tags a[data-tag=orders]", { modifiers: ["Control"] });
	await until(page, async () => (await page.inputValue("#q")).includes("tag:orders"), "both tags");
	await page.goto(url + "tags");
	await page.fill("input[aria-label='New name for welcome']", "hello");
	await page.locator("li", { has: page.locator("input[aria-label='New name for welcome']") })
		.getByText("Rename").click();
	await page.waitForSelector("input[aria-label='New name for hello']");
	const orders = page.locator("li", { has: page.locator("input[aria-label='New name for orders']") });
	await orders.getByText("Delete", { exact: true }).click();
	await orders.getByText("Delete from all messages").click();
	await until(page, async () => !(await page.innerText("#side-nav")).includes("orders"), "gone");
}

export async function coming_back_to_the_place({ open, url }) {
	const page = await open();
	await page.goto(url + "?limit=25&start=25");
	const row = page.locator("#list .row").nth(17);
	const id = await row.getAttribute("id");
	await row.locator(".go").click();
	await page.waitForSelector("#message");
	assert.match(page.url(), /start=25/);
	await page.click("#back");
	await rowsAre(page, 25);
	assert.match(page.url(), /start=25/);
	await until(page, () => page.evaluate((id) =>
		document.activeElement.closest(".row")?.id === id, id), "the row has the focus");
}

export async function undoing_what_was_found({ open, url }) {
	const page = await open();
	await page.goto(url + "search?q=is:unread");
	const before = await subjects(page);
	assert.equal(before.length, 3);
	await page.click("#all-delete");
	await page.waitForSelector("#ask[open]");
	assert.match(await page.innerText("#ask"), /3 messages will be deleted[^]*Search: is:unread/);
	await page.click("#ask .main");
	await page.waitForSelector(".empty");
	await page.click("#undo");
	await rowsAre(page, 3);
	assert.deepEqual(await subjects(page), before);
	await page.goto(url + "search?q=tag:reports");
	await page.click("#all-delete");
	await page.waitForSelector("#ask[open]");
	assert.match(await page.innerText("#ask"), /1 message will be deleted/);
}

export async function enter_in_the_field_tags({ open, url }) {
	for (const javaScriptEnabled of [true, false]) {
		const page = await open({ javaScriptEnabled });
		const tag = "entered " + javaScriptEnabled;
		await page.goto(url);
		await page.locator("#list .pick input").nth(1).check();
		await page.fill("#tag", tag);
		await page.press("#tag", "Enter");
		await noticeIs(page, "1 message tagged");
		assert.equal(await page.locator(`.row.unread .tag`, { hasText: tag }).count(), 1);
	}
}

export async function several_tags_at_once({ open, url }) {
	for (const javaScriptEnabled of [true, false]) {
		const page = await open({ javaScriptEnabled });
		const side = (tag) => page.locator(".side-tags li", { has: page.locator(`a[data-tag=${tag}]`) });
		const searched = (q) => until(page, async () => await page.inputValue("#q") === q, q);
		const lit = () => page.locator(".side-tags [aria-current]").evaluateAll((all) =>
			all.map((a) => a.dataset.tag));
		await page.goto(url);
		assert.equal(await page.locator(".also").count(), 0);
		await side("reports").locator("a").click();
		await searched("tag:reports");
		await side("finance").getByText("+").click();
		await searched("tag:reports tag:finance");
		await rowsAre(page, 1);
		assert.deepEqual(await lit(), ["finance", "reports"]);
		await side("orders").getByText("+").click();
		await searched("tag:reports tag:finance tag:orders");
		await rowsAre(page, 0);
		await side("reports").getByText("\u2212").click();
		await searched("tag:finance tag:orders");
		await page.goto(url + "search?q=" + encodeURIComponent('-tag:orders "tag:finance x" !tag:"Orders"'));
		await side("orders").getByText("\u2212").click();
		await searched('"tag:finance x"');
		await page.goto(url + "search?q=tag:orders");
		await side("orders").getByText("\u2212").click();
		await rowsAre(page, 7);
		assert.equal(page.url(), url);
		if (!javaScriptEnabled)
			continue;
		await side("orders").locator("a").click({ modifiers: ["Control"] });
		await searched("tag:orders");
		await side("welcome").locator("a[data-tag]").click({ modifiers: ["Control"] });
		await searched("tag:orders tag:welcome");
		await side("orders").locator("a[data-tag]").click({ modifiers: ["Control"] });
		await searched("tag:welcome");
	}
}

// What can be touched is as large as a finger.
export async function a_phone_in_the_hand({ open, url, ids }) {
	const page = await open({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });
	const small = () => page.evaluate(() =>
		[...document.querySelectorAll("a, button, select, summary, label.pick, input:not([type=checkbox])")]
			.filter((e) => e.checkVisibility({ visibilityProperty: true }) &&
				getComputedStyle(e).pointerEvents !== "none" &&
				!e.closest("p, dd") && !e.matches(".vh, .skip, .veil, .go"))
			.map((e) => [e.id || e.className || e.textContent, e.getBoundingClientRect()])
			.filter(([, box]) => box.width > 1 && (box.width < 44 || box.height < 44))
			.map(([name, box]) => `${name} ${box.width}x${box.height}`));
	for (const path of ["", "search?q=tag:orders", "search?q=tag:orders#side", "view/" + ids[0],
		"view/" + ids[1] + "?tab=attachments", "view/" + ids[0] + "?tab=headers", "tags", "settings",
		"confirm?do=delete"]) {
		await page.goto(url + path);
		assert.deepEqual(await small(), [], path);
	}
	await page.goto(url);
	await page.locator("#list .pick").nth(30).tap();
	// What can be done stays in sight.
	await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
	await until(page, async () => (await page.locator("#delete").boundingBox()).y < 200, "in sight");
	assert.deepEqual(await small(), []);
	await page.locator("#delete").tap();
	await noticeIs(page, "1 message deleted");
	await page.evaluate(() => mp.toast("New message: " + "subject ".repeat(20), { url: "/" }));
	const isOnTop = (selector) => page.locator(selector).evaluate((e) => {
		const box = e.getBoundingClientRect();
		return e.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
	});
	assert.ok(await isOnTop("#undo"), "the undo can be reached beside a notice");
	assert.ok(await isOnTop("#toasts button"), "and the notice beside it");
	await page.locator("#toasts button").tap();
	await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
	assert.ok(await isOnTop("#list .row:last-child"), "and the last row above it");
	await page.locator("#undo").tap();
	await noticeIs(page, "1 message restored");
	// A finger that hits a tag of a row means the row.
	await page.evaluate(() => window.scrollTo(0, 0));
	const tag = await page.locator("#list .row .tag").first().boundingBox();
	await page.touchscreen.tap(tag.x + tag.width / 2, tag.y + tag.height / 2);
	await page.waitForURL(/view\//);
}
