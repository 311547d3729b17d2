// SPDX-License-Identifier: MIT
// list.js: selecting, forms without leaving the page, questions, the message
"use strict";

(() => {
	const { byId, root } = mp;
	const all = (selector) => [...document.querySelectorAll(selector)];
	const picks = () => all(".row .pick input");
	let anchor = null; // the message ticked last: it outlasts a new list
	let shift = false; // with the click on a label

	// --- Selection ---

	function update() {
		const bar = byId("actions"), text = byId("selected");
		if (!bar)
			return;
		const boxes = picks(), on = boxes.filter((b) => b.checked);
		const matches = Number(byId("list").dataset.matches);
		const scope = byId("scope");
		if (on.length < boxes.length)
			scope.value = "selected";
		bar.classList.toggle("some", on.length > 0);
		const pickAll = byId("pick-all");
		pickAll.checked = on.length > 0 && on.length === boxes.length;
		pickAll.indeterminate = on.length > 0 && on.length < boxes.length;
		text.replaceChildren();
		if (!on.length)
			return;
		const many = scope.value !== "selected";
		text.append((many ? matches : on.length).toLocaleString("en") + " selected");
		if (pickAll.checked && matches > boxes.length && !many) {
			const more = document.createElement("button");
			more.type = "button";
			more.id = "select-everything";
			more.textContent = "Select all " + matches.toLocaleString("en");
			text.append(" ", more);
		}
	}

	function range(to) {
		const boxes = picks(), b = boxes.indexOf(to);
		const a = boxes.findIndex((box) => box.value === anchor);
		if (a < 0 || b < 0)
			return;
		for (const box of boxes.slice(Math.min(a, b), Math.max(a, b) + 1))
			box.checked = to.checked;
	}

	function pick(box, checked, withRange) {
		box.checked = checked;
		if (withRange)
			range(box);
		anchor = box.value;
		update();
	}

	function pickAll(checked) {
		for (const box of picks())
			box.checked = checked;
		update();
	}

	document.addEventListener("click", (event) => {
		const box = event.target;
		if (box.matches?.("label.pick")) {
			shift = event.shiftKey;
		} else if (box.matches?.(".row .pick input")) {
			pick(box, box.checked, event.shiftKey || shift);
			shift = false;
		} else if (box.id === "pick-all") {
			pickAll(box.checked);
		} else if (box.id === "select-everything") {
			byId("scope").value = new URLSearchParams(location.search).has("q") ? "results" : "all";
			update();
		} else if (box.id === "cancel") {
			pickAll(false);
		}
	});

	// --- Forms: sent from here, and what they lead to is shown ---

	// form.id would be its field of that name.
	const nameOf = (form) => form.getAttribute("id");

	function tell(notices) {
		byId("notices").replaceChildren(...[...notices].map((n) => document.adoptNode(n)));
	}

	async function send(form, submitter) {
		const data = new URLSearchParams(new FormData(form, submitter));
		const doc = await mp.page(form.action, { method: "POST", body: data });
		const list = doc.body.classList.contains("list");
		if (nameOf(form) === "tag-editor" && doc.getElementById("tag-editor")) {
			mp.replace(doc, "tag-editor");
			mp.replace(doc, "side-nav");
			tell(doc.querySelectorAll("#notices .bad"));
			mp.refresh();
			byId("tag").value = "";
			byId("tag").focus();
		} else if (list && document.body.classList.contains("list")) {
			history.replaceState(null, "", doc.address);
			const notices = doc.querySelectorAll("#notices > *");
			if (data.get("do") === "delete" || /\/do\/(delete|undo)$/.test(form.action))
				pickAll(false);
			mp.swapList(doc);
			tell(notices);
			mp.cleanAddress();
		} else {
			mp.show(doc);
		}
	}

	document.addEventListener("submit", async (event) => {
		const form = event.target, submitter = event.submitter;
		if (form.method !== "post" || nameOf(form) === "settings")
			return;
		event.preventDefault();
		if (nameOf(form) === "list-form" && byId("scope").value !== "selected" &&
			submitter?.id === "delete" && !("noQuestions" in root.dataset)) {
			byId("all-delete")?.click();
			return;
		}
		byId("ask").close();
		try {
			await send(form, submitter);
		} catch (error) {
			mp.toast(error instanceof TypeError ? "The server does not answer." : error.message,
				{ bad: true });
		}
	});

	// --- Questions in a dialog; without a script they are pages ---

	async function ask(link) {
		const doc = await mp.page(link.href);
		const form = doc.querySelector("form.question"), dialog = byId("ask");
		if (!form)
			return;
		dialog.replaceChildren(document.adoptNode(form));
		if ("noQuestions" in root.dataset) {
			form.requestSubmit();
			return;
		}
		dialog.showModal();
	}

	document.addEventListener("click", (event) => {
		const link = event.target.closest?.("a");
		if (!link || event.defaultPrevented || event.metaKey || event.ctrlKey ||
			event.shiftKey || event.button !== 0)
			return;
		if (link.matches(".ask")) {
			event.preventDefault();
			ask(link).catch((error) => mp.toast(error.message, { bad: true }));
		} else if (link.id === "ask-cancel" && byId("ask").open) {
			event.preventDefault();
			byId("ask").close();
		} else if (link.matches("#help") && !byId("keys").open) {
			event.preventDefault();
			byId("keys").showModal();
		} else if (link.matches("#widths a")) {
			event.preventDefault();
			width(link);
		}
	});

	// Ctrl with a tag is what stands beside it: to want it too, or no longer.
	document.addEventListener("click", (event) => {
		const link = event.target.closest?.(".side-tags a[data-tag]");
		if (!link || !(event.ctrlKey || event.metaKey))
			return;
		event.preventDefault();
		location.assign(link.parentElement.querySelector(".also")?.href || link.href);
	});

	document.addEventListener("change", (event) => {
		const box = event.target;
		if (box.matches(".pager select")) {
			mp.prefer("limit", box.value);
			const url = new URL(location.href);
			for (const name of ["start", "limit"])
				url.searchParams.delete(name);
			location.assign(url.href);
		} else if (box.id === "wrap") {
			document.querySelector(".code").classList.toggle("no-wrap", !box.checked);
			localStorage.setItem("mailpit-wrap", box.checked ? "on" : "off");
		} else if (box.name === "notify" && box.checked) {
			mp.notify().then((granted) => { box.checked = granted; });
		}
	});

	// --- The message ---

	function width(link) {
		byId("stage").className = "stage width-" + link.dataset.width;
		for (const other of all("#widths a"))
			other.removeAttribute("aria-current");
		link.setAttribute("aria-current", "true");
		history.replaceState(null, "", link.href);
	}

	function filterHeaders(text) {
		const words = text.toLowerCase().split(/\s+/).filter(Boolean);
		let shown = 0;
		for (const row of all("#headers tbody tr")) {
			const cells = [...row.cells].map((c) => c.textContent.toLowerCase());
			row.hidden = !cells.some((c) => words.every((w) => c.includes(w)));
			shown += !row.hidden;
		}
		byId("header-none").textContent = shown ? "" : "No matching headers.";
	}

	document.addEventListener("input", (event) => {
		if (event.target.id === "header-filter")
			filterHeaders(event.target.value);
	});

	function copyButtons() {
		if (!navigator.clipboard)
			return;
		for (const sum of all("code.sum:not([data-copy])")) {
			sum.dataset.copy = "";
			const button = document.createElement("button");
			button.type = "button";
			button.className = "sum-copy";
			button.textContent = "Copy";
			button.onclick = async () => {
				await navigator.clipboard.writeText(sum.textContent);
				button.textContent = "Copied";
				setTimeout(() => { button.textContent = "Copy"; }, 2000);
			};
			sum.after(button);
		}
	}

	// Older messages come as the list beside a message is scrolled.
	const further = "IntersectionObserver" in window && new IntersectionObserver((seen) => {
		for (const entry of seen)
			if (entry.isIntersecting) {
				further.unobserve(entry.target);
				grow(entry.target);
			}
	});

	async function grow(more) {
		const doc = await mp.page(more.querySelector("a").href).catch(() => null);
		const rows = doc?.getElementById("rows"), next = doc?.querySelector("a#older");
		if (!rows)
			return;
		byId("siblings").dataset.grown = "1";
		for (const row of [...rows.children]) {
			if (byId(row.id))
				continue;
			row.querySelector(".pick")?.remove();
			byId("rows").append(document.adoptNode(row));
		}
		if (!next) {
			more.remove();
			return;
		}
		more.querySelector("a").href = next.getAttribute("href");
		further.observe(more);
	}

	let opened = "";

	function arrived() {
		update();
		copyButtons();
		const siblings = byId("siblings"), wrap = byId("wrap"), zones = byId("zones");
		if (wrap && localStorage.getItem("mailpit-wrap") === "off") {
			wrap.checked = false;
			document.querySelector(".code").classList.add("no-wrap");
		}
		if (zones && !zones.childElementCount)
			for (const name of Intl.supportedValuesOf?.("timeZone") || [])
				zones.append(new Option(name, name));
		const id = byId("message")?.dataset.id || "";
		if (siblings && id !== opened) {
			const row = siblings.querySelector(".current");
			if (row)
				siblings.scrollTop = row.offsetTop - siblings.clientHeight / 3;
			const more = siblings.querySelector("p.more");
			if (more && further)
				further.observe(more);
		}
		opened = id;
	}

	// Back from a message: its row is in the middle, and has the focus.
	document.addEventListener("DOMContentLoaded", () => {
		const row = location.hash.startsWith("#m-") && byId(location.hash.slice(1));
		if (row) {
			row.scrollIntoView({ block: "center" });
			row.querySelector(".go").focus({ preventScroll: true });
			history.replaceState(null, "", location.pathname + location.search);
		}
	});

	mp.arrivals.push(arrived);
	mp.pick = pick;
	mp.pickAll = pickAll;
})();
