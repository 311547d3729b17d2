// SPDX-License-Identifier: MIT
// browser_keys.mjs: the keyboard, and where the focus goes
import assert from "node:assert/strict";
import { noticeIs, rowsAre, until } from "./browser_list.mjs";

const focused = (page) => page.evaluate(() => document.activeElement.closest(".row")?.id);
const presses = (page) => (...keys) => keys.reduce((before, key) =>
	before.then(() => page.keyboard.press(key)), Promise.resolve());

export async function the_keyboard_alone({ open, url, ids }) {
	const page = await open();
	await page.goto(url);
	const press = presses(page);
	await press("j", "j", "j", "k");
	assert.equal(await focused(page), "m-" + ids[1]);
	await press("x", "j", "X");
	assert.equal(await page.innerText("#selected"), "2 selected");
	await press("Escape");
	assert.equal(await page.locator(".row .pick input:checked").count(), 0);
	await press("#");
	await noticeIs(page, "1 message deleted");
	assert.equal(await focused(page), "m-" + ids[3]); // the next one
	await press("z");
	await noticeIs(page, "1 message restored");
	await press("j", "m");
	await noticeIs(page, "marked");
	await press("Escape", "Enter");
	await page.waitForSelector("#message");
	await press("j");
	await page.waitForURL(url + "view/" + ids[5]);
	await press("3");
	await page.waitForURL(/tab=raw/);
	await press("u");
	await page.waitForSelector("#list");
	await press("?");
	assert.match(await page.innerText("#keys[open]"), /next, previous message/);
	await press("Escape", "/");
	assert.equal(await page.evaluate(() => document.activeElement.id), "q");
	await page.keyboard.type("tag:reports");
	await press("Enter");
	await rowsAre(page, 1);
	await press("g", "i");
	await rowsAre(page, 7);
	await press("a");
	assert.match(await page.innerText("#selected"), /^7 selected/);
	await press("Escape", "g", "u");
	await page.waitForURL(/is%3Aunread/);
	// Without keys of ours: from the top, Tab goes to the skip link.
	await page.goto(url);
	await press("Tab");
	assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
}

export async function keys_of_one_character_can_be_off({ open, url }) {
	const page = await open();
	await page.goto(url + "settings");
	await page.uncheck("[name=keys]");
	await page.click("text=Save");
	await noticeIs(page, "Settings saved");
	assert.equal(await page.isChecked("[name=keys]"), false);
	await page.goto(url);
	for (const key of ["j", "a", "#", "m", "?", "d", "/", "g", "u"])
		await page.keyboard.press(key);
	assert.equal(page.url(), url);
	assert.equal(await focused(page), undefined);
	assert.equal(await page.locator("dialog[open], .row .pick input:checked").count(), 0);
	assert.equal(await page.getAttribute("html", "data-theme"), "auto");
	await rowsAre(page, 7);
	// What no letter stands for works as before, and so does typing.
	await page.locator("#list .pick").nth(0).click();
	await page.keyboard.press("Escape");
	assert.equal(await page.locator(".row .pick input:checked").count(), 0);
	await page.click("#help");
	assert.match(await page.innerText("#keys[open]"), /switched off in the settings/);
	await page.keyboard.press("Escape");
	await page.fill("#q", "");
	await page.locator("#q").pressSequentially("tag:reports");
	await page.keyboard.press("Enter");
	await rowsAre(page, 1);
	await page.goto(url + "settings");
	await page.check("[name=keys]");
	await page.click("text=Save");
	await noticeIs(page, "Settings saved");
	await page.keyboard.press("?");
	assert.ok(await page.locator("#keys[open]").isVisible());
}

// Those that the_keyboard_alone does not press; the sheet has no others.
export async function every_key_of_the_sheet({ open, url, ids }) {
	const page = await open({ colorScheme: "light" });
	const press = presses(page);
	await page.route("https://track.example/**", (route) => route.fulfill({ status: 204 }));
	await page.goto(url);
	assert.deepEqual(await page.locator("#keys kbd").allTextContents(), ["j / k", "Enter", "u",
		"g i", "g u", "/", "x", "a", "Escape", "m", "#", "z", "t", "[ / ]", "1 \u2026 7", "i",
		"d", "?"]);
	await press("]");
	await page.waitForURL(/start=50/);
	await press("[");
	await page.waitForURL((to) => !/start=50/.test(to));
	await press("j", "t");
	assert.equal(await page.innerText("#selected"), "1 selected");
	assert.equal(await page.evaluate(() => document.activeElement.id), "tag");
	await page.keyboard.type("by keys");
	await press("Enter");
	await noticeIs(page, "1 message tagged");
	await page.waitForSelector(".side-tags a[data-tag='by keys']");
	await press("Escape", "Escape");
	assert.equal(await page.locator(".row .pick input:checked").count(), 0);
	for (const theme of ["dark", "light", "auto"]) {
		await press("d");
		assert.equal(await page.getAttribute("html", "data-theme"), theme);
	}
	await press("g", "s");
	await page.waitForURL(url + "settings");
	await page.goto(url + "view/" + ids[0]);
	await press("i");
	await page.waitForURL(/remote=1/);
	await press("i");
	await page.waitForURL((to) => !to.search.includes("remote"));
	await page.goto(url + "view/" + ids[0]);
	const tabs = ["html", "source", "text", "headers", "raw", "attachments", "findings"];
	for (const [i, tab] of tabs.entries()) {
		await press(String(i + 1));
		await page.waitForURL(new RegExp("tab=" + tab));
	}
	await press("u");
	await page.waitForURL((to) => !to.pathname.includes("view"));
	await until(page, async () => await focused(page) === "m-" + ids[0], "back in its row");
	await press("Delete");
	await noticeIs(page, "1 message deleted");
	await press("z");
	await noticeIs(page, "1 message restored");
}

// Enter opens from the check box too, and never sends the form around it.
export async function enter_on_a_check_box_opens({ open, url, ids }) {
	const page = await open();
	await page.goto(url);
	await page.locator("#list .pick input").nth(2).focus();
	await page.keyboard.press(" ");
	assert.equal(await page.innerText("#selected"), "1 selected");
	await page.keyboard.press("Enter");
	await page.waitForURL(url + "view/" + ids[2]);
}

// What has the focus: a name for it, and whether one sees that it has it.
const there = (page) => page.evaluate(() => {
	const e = document.activeElement, row = e.closest(".row");
	const ring = [getComputedStyle(e), getComputedStyle(e, "::after")]
		.some((style) => style.outlineStyle !== "none" && style.outlineWidth !== "0px");
	return { name: e === document.body ? "" : row && !e.id ? row.id + " " + e.tagName
		: e.id || e.className || e.name || e.textContent, ring,
	visible: e.checkVisibility({ visibilityProperty: true }) };
});

export async function tab_goes_through_all_of_a_page({ open, url, ids }) {
	const page = await open();
	for (const [path, order] of [
		["", ["skip", "q", "theme", "help", "inbox", "unread", "limit", "pick-all", "all-delete",
			`m-${ids[0]} INPUT`, `m-${ids[0]} A`, `m-${ids[6]} A`]],
		["view/" + ids[0], ["skip", "q", "inbox", `m-${ids[0]} A`, "back", "mark-unread", "delete",
			"print", "next", "tag", "show-remote", "frame"]]]) {
		await page.goto(url + path);
		const seen = [];
		for (let i = 0; i < 150; i++) {
			await page.keyboard.press("Tab");
			const at = await there(page);
			if (!at.name || (seen.length && at.name === "skip"))
				break;
			assert.ok(at.visible && (at.ring || at.name === "frame"), JSON.stringify(at));
			seen.push(at.name);
		}
		assert.ok(seen.length < 150, "a trap: " + seen.slice(-5));
		assert.deepEqual(order.filter((name) => !seen.includes(name)), []);
		const places = order.map((name) => seen.indexOf(name));
		assert.deepEqual(places, [...places].sort((a, b) => a - b), seen.join(" "));
	}
	// In a message the first link leads past the list beside it.
	await page.goto(url + "view/" + ids[0]);
	await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");
	await page.keyboard.press("Tab");
	assert.equal((await there(page)).name, "back");
}

// Whatever is deleted, the focus goes to what took its place.
export async function the_focus_outlasts_deleting({ open, url, ids }) {
	const page = await open();
	const press = presses(page);
	await page.goto(url);
	await press("j", "j", "x", "j", "x", "#");
	await noticeIs(page, "2 messages deleted");
	assert.equal(await focused(page), "m-" + ids[3]);
	await press("k", "k", "k", "k", "#"); // the first
	await rowsAre(page, 4);
	assert.equal(await focused(page), "m-" + ids[3]);
	await press("j", "j", "j", "#"); // the last
	await rowsAre(page, 3);
	assert.equal(await focused(page), "m-" + ids[5]);
	await press("a", "#");
	await page.waitForSelector(".empty");
	assert.equal(await page.evaluate(() => document.activeElement.id), "main");
}
