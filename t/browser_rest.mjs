// SPDX-License-Identifier: MIT
// browser_rest.mjs: keys, live updates, looks, settings, no script at all
import assert from "node:assert/strict";
import { noticeIs, rowsAre, subjects, until } from "./browser_list.mjs";

function send(page, url, subject) {
	// A connection that was kept may be closed by the server as it is used.
	return page.request.post(url + "api/v1/send", { maxRetries: 2, data: {
		From: { Email: "live@example.com", Name: "Live" },
		To: [{ Email: "ann@example.com" }], Subject: subject, Text: "now",
	} }).then(async (answer) => assert.equal(answer.status(), 200, await answer.text()));
}

const focused = (page) => page.evaluate(() => document.activeElement.closest(".row")?.id);
const first = (page, text) => until(page, async () =>
	(await subjects(page))[0] === text, text + " on top");

export async function the_keyboard_alone({ open, url, ids }) {
	const page = await open();
	await page.goto(url);
	const press = (...keys) => keys.reduce((before, key) =>
		before.then(() => page.keyboard.press(key)), Promise.resolve());
	await press("j", "j", "j", "k");
	assert.equal(await focused(page), "m-" + ids[1]);
	await press("x", "j", "X");
	assert.equal(await page.innerText("#selected"), "2 selected");
	await press("Escape");
	assert.equal(await page.locator(".row .pick input:checked").count(), 0);
	await press("#");
	await noticeIs(page, "1 message deleted");
	await press("z");
	await noticeIs(page, "1 message restored");
	await press("j", "j", "m");
	await noticeIs(page, "marked");
	await press("Escape", "Enter");
	await page.waitForSelector("#message");
	await press("j");
	await page.waitForURL((u) => u.pathname.includes(ids[2]) || u.pathname.includes(ids[3]));
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

export async function new_mail_appears_by_itself({ open, url, ids }) {
	const page = await open();
	await page.goto(url);
	await until(page, () => page.locator("#live .on").count(), "a live stream");
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

export async function polling_where_streams_are_cut({ open, url }) {
	const page = await open();
	await page.route("**/events", (route) => route.abort());
	await page.goto(url);
	await until(page, async () => /every few seconds/.test(await page.innerText("#live")), "polling");
	await send(page, url, "Polled");
	await first(page, "Polled");
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
	await until(page, () => page.locator("#live .on").count(), "a live stream");
	await send(page, url, "Look here");
	await until(page, () => page.evaluate(() => window.told.length === 1), "told");
	assert.deepEqual(await page.evaluate(() => window.told[0]), ["New mail from Live", "Look here"]);
	await page.goto(url + "settings");
	await page.uncheck("[name=notify]");
	await page.click("text=Save");
	await page.goto(url);
	assert.equal(await page.evaluate(() => "notify" in document.documentElement.dataset), false);
}

const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

export async function light_and_dark({ open, url }) {
	const page = await open({ colorScheme: "light" });
	await page.goto(url);
	const light = await ground(page);
	await page.emulateMedia({ colorScheme: "dark" });
	const dark = await ground(page);
	assert.notEqual(light, dark); // it follows the system at once
	await page.click("#theme"); // auto, then dark, light
	await page.emulateMedia({ colorScheme: "light" });
	assert.equal(await ground(page), dark);
	await page.reload();
	assert.equal(await ground(page), dark);
	await page.click("#theme");
	assert.equal(await ground(page), light);
	await page.click("#theme");
	await page.emulateMedia({ colorScheme: "dark" });
	assert.equal(await ground(page), dark);
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
		"confirm?do=delete", `view/${ids[0]}`, `view/${ids[0]}?tab=source`,
		`view/${ids[1]}?tab=text`, `view/${ids[0]}?tab=headers`, `view/${ids[0]}?tab=raw`,
		`view/${ids[1]}?tab=attachments`, `view/${ids[1]}?tab=findings`, `view/${ids[4]}`]
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

export async function nothing_that_axe_objects_to({ open, url, ids, axeSource }) {
	const found = [];
	for (const [colorScheme, width] of [["light", 1440], ["dark", 1440], ["light", 390]]) {
		const page = await open({ colorScheme, viewport: { width, height: 900 },
			bypassCSP: true, reducedMotion: "reduce" });
		for (const place of places(url, ids)) {
			await page.goto(place);
			await page.evaluate(axeSource);
			const result = await page.evaluate(() => window.axe.run(document, {
				iframes: false, resultTypes: ["violations"],
			}));
			for (const v of result.violations)
				found.push(`${v.id} (${colorScheme}, ${width}) ${place.slice(url.length)}: ` +
					v.nodes.map((n) => n.html.slice(0, 140)).join("; "));
		}
	}
	assert.equal(found.join("\n"), "");
}
