// SPDX-License-Identifier: MIT
// keys.js: the keyboard
"use strict";

(() => {
	const { byId } = mp;
	const click = (selector) => document.querySelector(selector)?.click();
	const rows = () => [...document.querySelectorAll("#list .row")];
	const inList = () => document.body.classList.contains("list");
	let prefix = "", prefixTime = 0;

	function currentRow() {
		return document.activeElement?.closest("#list .row");
	}

	function step(by) {
		if (!inList()) {
			click(by > 0 ? "#next" : "#prev");
			return;
		}
		const list = rows(), at = list.indexOf(currentRow());
		const row = list[at < 0 ? (by > 0 ? 0 : list.length - 1) : at + by];
		if (!row)
			return;
		row.querySelector(".go").focus({ preventScroll: true });
		row.scrollIntoView({ block: "nearest" });
	}

	function select(event) {
		const box = currentRow()?.querySelector(".pick input");
		if (box)
			mp.pick(box, event.shiftKey || !box.checked, event.shiftKey);
	}

	// On what is ticked, or else on the row that has the focus.
	function withSelection(action) {
		if (!inList()) {
			action(null);
			return;
		}
		if (!document.querySelector(".row .pick input:checked")) {
			const row = currentRow();
			if (!row)
				return;
			mp.pick(row.querySelector(".pick input"), true, false);
		}
		action(document.querySelector(".row:has(.pick input:checked)"));
	}

	const keys = {
		j: () => step(1),
		k: () => step(-1),
		n: () => step(1),
		p: () => step(-1),
		u: () => click("#back"),
		"/": () => { byId("q").focus(); byId("q").select(); },
		x: select,
		X: select,
		a: () => mp.pickAll(rows().some((r) => !r.querySelector(".pick input").checked)),
		m: () => withSelection((row) =>
			click(row?.classList.contains("unread") ? "#mark-read" : "#mark-unread")),
		"#": () => withSelection(() => click("#delete")),
		Delete: () => withSelection(() => click("#delete")),
		z: () => click("#undo"),
		t: () => (inList() ? withSelection(() => byId("tag").focus()) : byId("tag")?.focus()),
		"[": () => click("#newer"),
		"]": () => click("a#older"),
		i: () => click(".remote a"),
		d: mp.theme,
		"?": () => byId("keys").showModal(),
	};
	for (let n = 1; n <= 7; n++)
		keys[n] = () => document.querySelectorAll(".tab-link")[n - 1]?.click();

	const after = {
		"g i": () => location.assign(mp.base),
		"g u": () => location.assign(mp.base + "search?q=is%3Aunread"),
		"g s": () => location.assign(mp.base + "settings"),
	};

	function isTyping(target) {
		return target.matches?.("input:not([type=checkbox]), select, textarea, [contenteditable]");
	}

	// Who speaks to a browser types letters without meaning a key.
	function isOff(key) {
		return key.length === 1 && "noKeys" in mp.root.dataset;
	}

	document.addEventListener("keydown", (event) => {
		if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
			return;
		if (event.key === "Escape") {
			if (isTyping(event.target))
				event.target.blur();
			else if (!document.querySelector("dialog[open]"))
				mp.pickAll(false);
			return;
		}
		// A check box would send its form with Enter.
		if (event.key === "Enter" && event.target.matches?.(".row .pick input")) {
			event.preventDefault();
			event.target.closest(".row").querySelector(".go").click();
			return;
		}
		if (isOff(event.key) || isTyping(event.target) || document.querySelector("dialog[open]"))
			return;
		const pair = prefix && Date.now() - prefixTime < 1500 ? after[prefix + " " + event.key] : null;
		prefix = event.key === "g" ? "g" : "";
		prefixTime = Date.now();
		const action = pair || keys[event.key];
		if (!action)
			return;
		event.preventDefault();
		action(event);
	});
})();
