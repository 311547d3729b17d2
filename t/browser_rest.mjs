// SPDX-License-Identifier: MIT
// browser_rest.mjs: looks, settings, paper, errors, no script at all
import assert from "node:assert/strict";
import { noticeIs, rowsAre, until } from "./browser_list.mjs";

const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

export async function light_and_dark({ open, url }) {
	const page = await open({ colorScheme: "light" });
	await page.goto(url);
	const light = await ground(page);
	await page.emulateMedia({ colorScheme: "dark" });
	const dark = await ground(page);
	assert.notEqual(light, dark); // it follows the system at once
	await page.click("#theme"); // from what the system has to the other
	assert.equal(await ground(page), light);
	await page.emulateMedia({ colorScheme: "light" });
	await page.emulateMedia({ colorScheme: "dark" });
	await page.reload();
	assert.equal(await ground(page), light);
	await page.click("#theme"); // to this one for good
	assert.equal(await ground(page), dark);
	await page.emulateMedia({ colorScheme: "light" });
	assert.equal(await ground(page), dark);
	await page.click("#theme"); // one more, and it is the system's again
	await page.click("#theme");
	assert.equal(await page.getAttribute("html", "data-theme"), "auto");
	assert.equal(await ground(page), light);
}

export async function settings_persist({ open, url }) {
	const page = await open({ timezoneId: "UTC" });
	await page.goto(url + "settings");
	await until(page, () => page.locator("#zones option").count().then((n) => n > 100), "zones");
	await page.selectOption("[name=theme]", "dark");
	await page.selectOption("[name=size]", "25");
	await page.fill("[name=zone]", "Asia/Kathmandu");
	await page.uncheck("[name=colors]");
	await page.uncheck("[name=questions]");
	await page.click("text=Save");
	await noticeIs(page, "Settings saved");
	await page.goto(url);
	assert.equal(await page.getAttribute("html", "data-theme"), "dark");
	assert.equal(await page.inputValue(".pager select"), "25");
	assert.match(await page.locator("time").first().getAttribute("title"), /\+0545$/);
	assert.match(await page.locator(".row .tag").first().getAttribute("class"), /hue-none/);
	await page.click("#all-delete"); // nobody asks
	await page.waitForSelector(".empty");
	await page.click("#undo");
	await rowsAre(page, 7);
}

export async function paper({ open, url, ids }) {
	const page = await open();
	await page.goto(url + "view/" + ids[1]);
	await page.emulateMedia({ media: "print" });
	for (const hidden of [".bar", "#side", ".siblings", ".tabs", ".message-bar"])
		assert.equal(await page.locator(hidden).isVisible(), false, hidden);
	assert.equal(await page.locator(".plain-text").isVisible(), true);
	await page.emulateMedia({ media: "screen" });
	await page.evaluate(() => { window.print = () => { window.printed = true; }; });
	await page.click("#print");
	assert.equal(await page.evaluate(() => window.printed), true);
}

const sheets = async (page) =>
	(await page.pdf()).toString("latin1").match(/\/Type \/Page\b/g).length;

// A frame is cut where its page ends; what Print leads to is not.
export async function html_on_paper({ open, url }) {
	for (const javaScriptEnabled of [true, false]) {
		const page = await open({ javaScriptEnabled });
		const sent = await page.request.post(url + "api/v1/send", { maxRetries: 2, data: {
			From: { Email: "long@example.com" }, To: [{ Email: "ann@example.com" }],
			Subject: "Long", HTML: "<p>one line of many</p>".repeat(300),
		} });
		const { ID } = await sent.json();
		await page.goto(url + "view/" + ID);
		const [alone] = await Promise.all([page.context().waitForEvent("page"),
			page.click("#print")]);
		await alone.waitForLoadState();
		assert.equal(alone.url(), url + "view/" + ID + ".html?embed=1");
		const [framed, whole] = [await sheets(page), await sheets(alone)];
		assert.ok(whole > 5 && whole > framed, `${whole} sheets, and ${framed} with the frame`);
		await page.goto(url + "view/" + ID + "?tab=text");
		assert.equal(await page.locator("#print").isVisible(), javaScriptEnabled);
	}
}

export async function errors_are_told({ open, url }) {
	const page = await open();
	await page.goto(url);
	await page.locator("#list .pick").nth(0).click();
	await page.route("**/do/**", (route) => route.abort());
	await page.click("#delete");
	await until(page, async () => /does not answer/.test(await page.innerText("#toasts")), "a notice");
	await page.unroute("**/do/**");
	await page.evaluate(() => { document.querySelector("[name=token]").value = "wrong"; });
	await page.click("#delete");
	await until(page, async () => /out of date/.test(await page.innerText("#toasts")), "a notice");
	await rowsAre(page, 7);
}

function places(url, ids) {
	return ["", "search?q=is%3Aunread", "search?q=zzz", "settings", "help", "tags", "about",
		"confirm?do=delete", "confirm?do=read&q=is%3Aunread", "search?q=after%3Anonsense",
		"search?q=tag%3Areports%20tag%3Afinance#side", "view/nothing", `view/${ids[0]}`, `view/${ids[0]}?tab=source`,
		`view/${ids[1]}?tab=text`, `view/${ids[0]}?tab=headers`, `view/${ids[0]}?tab=raw`,
		`view/${ids[1]}?tab=attachments`, `view/${ids[1]}?tab=findings`, `view/${ids[4]}`,
		`view/${ids[1]}?tab=html&part=6`, `view/${ids.at(-1)}`, `view/${ids.at(-1)}?tab=findings`]
		.map((path) => url + path);
}

export async function nothing_is_wider_than_a_phone({ open, url, ids }) {
	for (const javaScriptEnabled of [true, false]) {
		const page = await open({ viewport: { width: 390, height: 844 }, javaScriptEnabled });
		for (const place of places(url, ids)) {
			await page.goto(place);
			const wide = await page.evaluate(() => document.documentElement.scrollWidth);
			assert.ok(wide <= 390, `${place}: ${wide} pixels, script ${javaScriptEnabled}`);
		}
	}
}

export async function without_a_script({ open, url }) {
	const page = await open({ javaScriptEnabled: false });
	await page.goto(url);
	await rowsAre(page, 50);
	await page.click("a#older");
	await rowsAre(page, 10);
	await page.goto(url);
	await page.selectOption(".pager select", "25");
	await page.click(".pager button");
	await rowsAre(page, 25);
	await page.goto(url);
	await page.fill("#q", "tag:reports");
	await page.press("#q", "Enter");
	await rowsAre(page, 1);
	await page.click("#list .go");
	assert.match(await page.innerText(".plain-text"), /Please find/);
	await page.getByText("Headers", { exact: true }).click();
	assert.match(await page.innerText("#headers"), /Return-Path/);
	await page.fill("#tag", "plain");
	await page.click("#tag-editor .small");
	await noticeIs(page, "1 message tagged");
	await page.click("#mark-unread");
	await noticeIs(page, "1 message marked unread");
	assert.match(page.url(), /q=tag%3Areports/);
	await page.check("#list .row .pick input");
	await page.click("#delete");
	await noticeIs(page, "1 message deleted");
	await page.click("#undo");
	await noticeIs(page, "1 message restored");
	await page.goto(url);
	await page.click("#delete");
	await noticeIs(page, "No message was selected");
	await page.click("#all-delete");
	assert.match(await page.innerText(".question"), /60 messages/);
	await page.click("#ask-cancel");
	await rowsAre(page, 50);
	await page.click("#all-read");
	await page.click(".question .main");
	assert.equal(await page.locator(".row.unread").count(), 0);
	await page.goto(url + "settings");
	await page.selectOption("[name=theme]", "dark");
	await page.click("text=Save");
	assert.equal(await page.getAttribute("html", "data-theme"), "dark");
	await page.setViewportSize({ width: 390, height: 844 });
	await page.goto(url);
	assert.equal(await page.locator("#side").isVisible(), false);
	await page.click(".menu-open");
	await page.click(".side-tags a[data-tag=plain]");
	await rowsAre(page, 1);
}

export async function a_label_and_a_webroot({ open, url, ids }) {
	const page = await open();
	await page.goto(url);
	assert.equal(await page.innerText(".label"), "Staging <1>");
	assert.match(await page.title(), /Staging <1>$/);
	await page.locator("#list .go").nth(0).click();
	assert.equal(page.url(), url + "view/" + ids[0]);
	const frame = page.frameLocator("#frame");
	await until(page, () => frame.locator("img[alt=Map]").evaluate((i) => i.naturalWidth === 320),
		"the embedded image");
	await page.click("#delete");
	await page.click("#undo");
	await rowsAre(page, 7);
	assert.equal(page.url(), url);
}

// What axe says of a page as it is now.
async function objections(page, axeSource, name) {
	await page.evaluate(axeSource);
	const result = await page.evaluate(() => window.axe.run(document, {
		iframes: false, resultTypes: ["violations"],
	}));
	return result.violations.map((v) => `${v.id} ${name}: ` +
		v.nodes.map((n) => n.html.slice(0, 140)).join("; "));
}

// Looks that no URL has.
const states = {
	keys: (page) => page.keyboard.press("?"),
	question: async (page) => {
		await page.keyboard.press("Escape");
		await page.click("#all-delete");
		await page.waitForSelector("#ask[open]");
	},
	selection: async (page) => {
		await page.keyboard.press("Escape");
		await page.click("#pick-all");
	},
	undo: async (page) => {
		await page.click("#delete");
		await page.waitForSelector("#undo");
		await page.evaluate(() => mp.toast("New message: x", { url: "/" }));
		await page.evaluate(() => mp.toast("Not so", { bad: true }));
	},
	restored: async (page) => {
		await page.click("#undo");
		await noticeIs(page, "restored");
	},
};

export async function nothing_that_axe_objects_to({ open, url, ids, axeSource }) {
	const found = [];
	for (const [colorScheme, width] of [["light", 1440], ["dark", 1440], ["light", 390],
		["dark", 390]]) {
		const page = await open({ colorScheme, viewport: { width, height: 900 },
			bypassCSP: true, reducedMotion: "reduce" });
		const look = async (name) => found.push(...await objections(page, axeSource,
			`(${colorScheme}, ${width}) ${name}`));
		for (const place of places(url, ids)) {
			await page.goto(place);
			await look(place.slice(url.length));
		}
		await page.goto(url);
		for (const [name, reach] of Object.entries(states)) {
			await reach(page);
			await look(name);
		}
	}
	assert.equal(found.join("\n"), "");
}
