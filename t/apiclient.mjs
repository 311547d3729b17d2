// SPDX-License-Identifier: MIT
// apiclient: a published client library, used as its users do.
//
//   node t/apiclient.mjs FOLDER-OF-NODE-MODULES BASE-URL [USER PASSWORD]
//
// Calls every method once and prints one line of JSON for each: its name, and
// what was wrong, or nothing.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [modules, base, username, password] = process.argv.slice(2);
const require = createRequire(modules + "/");
const { MailpitClient } = require("mailpit-api");
const { WebSocket } = require("ws");
const auth = username ? { username, password } : undefined;
const mailpit = new MailpitClient(base, auth && { auth });
const keys = {
	envelope: ["total", "unread", "count", "messages_count",
		"messages_unread", "start", "tags", "messages"],
	summary: ["ID", "MessageID", "Read", "From", "To", "Cc", "Bcc",
		"ReplyTo", "Subject", "Created", "Username", "Tags", "Size",
		"Attachments", "Snippet"],
	message: ["ID", "MessageID", "From", "To", "Cc", "Bcc", "ReplyTo",
		"ReturnPath", "Subject", "ListUnsubscribe", "Date", "Tags",
		"Username", "Text", "HTML", "Size", "Inline", "Attachments"],
	attachment: ["PartID", "FileName", "ContentType", "ContentID", "Size",
		"Checksums"],
};

const events = [];
const socket = new WebSocket(base.replace(/^http/, "ws") + "/api/events",
	auth && { headers: { Authorization: "Basic " +
		Buffer.from(`${username}:${password}`).toString("base64") } });
socket.on("message", (data) => events.push(JSON.parse(data)));
await new Promise((done, failed) => {
	socket.on("open", done);
	socket.on("error", failed);
});

async function event(type) {
	const until = Date.now() + 20000;
	while (Date.now() < until) {
		const found = events.find((e) => e.Type === type);
		if (found) {
			events.splice(0, events.indexOf(found) + 1);
			return found.Data;
		}
		await new Promise((done) => setTimeout(done, 20));
	}
	assert.fail(`no event ${type}`);
}

const html = `<p>Hello
  <a href="https://example.com/">there</a></p>`;
let id;

const methods = {
	async sendMessage() {
		const sent = await mailpit.sendMessage({
			From: { Name: "A", Email: "a@example.com" },
			To: [{ Name: "B", Email: "b@example.com" }],
			Subject: "Hello \u{1f600}", Text: "Hello", HTML: html,
			Tags: ["one", "two"], Headers: { "X-Own": "x" },
			Attachments: [{ Content: "aGVsbG8=", Filename: "a.txt",
				ContentType: "text/plain" }],
		});
		assert.deepEqual(Object.keys(sent), ["ID"]);
		id = sent.ID;
	},
	async listMessages() {
		const list = await mailpit.listMessages();
		assert.deepEqual(Object.keys(list), keys.envelope);
		assert.equal(list.messages[0].ID, id);
		assert.deepEqual(Object.keys(list.messages[0]), keys.summary);
		assert.equal(list.messages[0].Username, username ?? "");
		assert.deepEqual(list.messages[0].Tags, ["one", "two"]);
	},
	async searchMessages() {
		const list = await mailpit.searchMessages(
			{ query: 'subject:"Hello" tag:one', limit: 5, tz: "UTC" });
		assert.deepEqual(Object.keys(list), keys.envelope);
		assert.equal(list.messages_count, 1);
	},
	async waitForMessage() {
		const m = await mailpit.waitForMessage({ query: "Hello" });
		assert.equal(m.ID, id);
	},
	async waitForMessages() {
		const list = await mailpit.waitForMessages({ count: 1 });
		assert.equal(list.total, 1);
	},
	async getMessageSummary() {
		const m = await mailpit.getMessageSummary();
		assert.deepEqual(Object.keys(m), keys.message);
		assert.deepEqual(Object.keys(m.Attachments[0]), keys.attachment);
		assert.deepEqual(Object.keys(m.ListUnsubscribe),
			["Header", "Links", "Errors", "HeaderPost"]);
		assert.equal(m.ReturnPath, "a@example.com");
	},
	async getMessageHeaders() {
		const headers = await mailpit.getMessageHeaders();
		assert.deepEqual(headers["Mime-Version"], ["1.0"]);
		assert.equal(headers["Message-Id"].length, 1);
	},
	async getMessageSource() {
		const source = await mailpit.getMessageSource(id);
		assert.match(source, /^Return-Path: <a@example.com>\r\n/);
	},
	async getMessageAttachment() {
		const part = await mailpit.getMessageAttachment(id, "2");
		assert.equal(part.type, "text/plain");
		assert.equal(await part.text(), "hello");
	},
	async getAttachmentThumbnail() {
		const part = await mailpit.getAttachmentThumbnail(id, "2");
		assert.equal(part.type, "image/jpeg");
	},
	async renderMessageHTML() {
		assert.ok((await mailpit.renderMessageHTML()).includes(html));
		assert.ok((await mailpit.renderMessageHTML(id, 1)).includes(
			'target="_blank" rel="noreferrer noopener"'));
	},
	async renderMessageText() {
		assert.match(await mailpit.renderMessageText(), /^Hello/);
	},
	async setReadStatus() {
		assert.equal(await mailpit.setReadStatus(
			{ IDs: [id], Read: false }), "ok");
		assert.equal((await mailpit.listMessages()).unread, 1);
		assert.equal(await mailpit.setReadStatus(
			{ Search: "Hello", Read: true }, { tz: "UTC" }), "ok");
	},
	async setTags() {
		assert.equal(await mailpit.setTags(
			{ IDs: [id], Tags: ["x y", "z"] }), "ok");
	},
	async getTags() {
		assert.deepEqual(await mailpit.getTags(), ["x y", "z"]);
	},
	async renameTag() {
		assert.equal(await mailpit.renameTag("x y", "w"), "ok");
	},
	async deleteTag() {
		assert.equal(await mailpit.deleteTag("z"), "ok");
		assert.deepEqual(await mailpit.getTags(), ["w"]);
	},
	async getInfo() {
		const info = await mailpit.getInfo();
		assert.deepEqual(Object.keys(info), ["Version", "LatestVersion",
			"Database", "DatabaseSize", "Messages", "Unread", "Tags",
			"RuntimeStats"]);
		assert.deepEqual(info.Tags, { w: 1 });
	},
	async getConfiguration() {
		const ui = await mailpit.getConfiguration();
		assert.deepEqual(Object.keys(ui), ["Label", "MessageRelay",
			"SpamAssassin", "ChaosEnabled", "DuplicatesIgnored",
			"HideDeleteAllButton"]);
	},
	async releaseMessage() {
		await assert.rejects(mailpit.releaseMessage(
			id, { To: ["b@example.com"] }), /400 .*SMTP error/s);
	},
	async htmlCheck() {
		await assert.rejects(mailpit.htmlCheck(), /404/);
	},
	async linkCheck() {
		await assert.rejects(mailpit.linkCheck(), /404/);
	},
	async spamAssassinCheck() {
		await assert.rejects(mailpit.spamAssassinCheck(), /404/);
	},
	async getChaosTriggers() {
		await assert.rejects(mailpit.getChaosTriggers(),
			/400 .*Chaos is not enabled/s);
	},
	async setChaosTriggers() {
		await assert.rejects(mailpit.setChaosTriggers(),
			/400 .*Chaos is not enabled/s);
	},
	async events() {
		events.length = 0;
		const { ID } = await mailpit.sendMessage({
			From: { Email: "a@example.com" },
			To: [{ Email: "b@example.com" }], Subject: "event" });
		const made = await event("new");
		assert.deepEqual(Object.keys(made), keys.summary);
		assert.equal(made.ID, ID);
		assert.deepEqual(Object.keys(await event("stats")),
			["Total", "Unread", "Version"]);
		await mailpit.getMessageSummary(ID);
		assert.deepEqual(await event("update"), { ID, Read: true });
		await mailpit.deleteMessages({ IDs: [ID] });
		assert.deepEqual(await event("delete"), { ID });
		socket.close();
	},
	async deleteMessagesBySearch() {
		assert.equal(await mailpit.deleteMessagesBySearch(
			{ query: "nothing-like-it" }), "ok");
	},
	async deleteMessages() {
		assert.equal(await mailpit.deleteMessages({ IDs: [id] }), "ok");
		assert.equal(await mailpit.deleteMessages(), "ok");
		assert.equal((await mailpit.listMessages()).total, 0);
		await assert.rejects(mailpit.getMessageSummary(), /404/);
	},
};

for (const name of Object.getOwnPropertyNames(MailpitClient.prototype))
	if (!(name in methods) && name !== "constructor" && name !== "request")
		methods[name] = () => assert.fail("not tried");
for (const [name, method] of Object.entries(methods)) {
	let wrong = null;
	try {
		await method();
	} catch (e) {
		wrong = String(e.stack);
	}
	console.log(JSON.stringify({ name, wrong }));
}
