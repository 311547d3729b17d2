// SPDX-License-Identifier: MIT
// swap.js: pages of ours are fetched, and pieces of them put in place
//
// What is the same stays where it is, so that neither the focus, nor what is
// ticked, nor where somebody listens to the page is lost with every message.
"use strict";

(() => {
	const { byId, root } = mp;

	async function page(url, options) {
		const answer = await fetch(url, { credentials: "same-origin", ...options });
		const type = answer.headers.get("content-type") || "";
		const text = await answer.text();
		if (!type.startsWith("text/html"))
			throw new Error(text.trim() || "The server answered " + answer.status + ".");
		const doc = new DOMParser().parseFromString(text, "text/html");
		doc.address = answer.url;
		return doc;
	}

	// What in a new piece is the thing that had the focus.
	function alike(piece, was) {
		const key = (e) => [e.tagName, e.id, e.name, e.getAttribute("href")].join();
		return [...piece.querySelectorAll("a, button, input, select")]
			.find((e) => key(e) === key(was));
	}

	function replace(doc, id) {
		const from = doc.getElementById(id), to = byId(id);
		if (!from || !to)
			return false;
		if (from.isEqualNode(to))
			return true;
		const was = document.activeElement;
		const within = to.contains(was);
		to.replaceWith(document.adoptNode(from));
		if (within)
			alike(byId(id), was)?.focus({ preventScroll: true });
		return true;
	}

	function takeCounts(doc) {
		root.dataset.unread = doc.documentElement.dataset.unread;
		root.dataset.total = doc.documentElement.dataset.total;
		const was = document.title.replace(/^\(\d+\) /, "");
		const unread = Number(root.dataset.unread);
		document.title = (unread ? "(" + unread + ") " : "") + was;
		mp.badge(unread);
	}

	// A row without its age, which is written anew all the time.
	function bare(row) {
		const copy = row.cloneNode(true), time = copy.querySelector("time");
		copy.classList.remove("fresh");
		time.textContent = "";
		time.removeAttribute("title");
		return copy;
	}

	// A row in the place of an older form of itself, or a new one.
	function renew(old, row) {
		const box = row.querySelector(".pick input");
		if (box && old)
			box.checked = old.querySelector(".pick input").checked;
		else if (!old && row.classList.contains("unread"))
			row.classList.add("fresh");
		old?.remove();
		return document.adoptNode(row);
	}

	// Makes the rows those that came.
	function swapRows(from) {
		const to = byId("rows"), focus = document.activeElement;
		const onPick = focus?.matches(".pick input");
		const came = new Set([...from.children].map((row) => row.id));
		let heir = to.contains(focus) && focus.closest(".row");
		while (heir && !came.has(heir.id))
			heir = heir.nextElementSibling;
		heir = heir?.id || (to.contains(focus) && from.lastElementChild?.id);
		for (const row of [...to.children])
			if (!came.has(row.id))
				row.remove();
		let at = to.firstElementChild;
		for (const row of [...from.children]) {
			const old = to.querySelector("#" + row.id);
			const same = old && bare(old).isEqualNode(bare(row));
			if (old === at)
				at = at?.nextElementSibling;
			if (!same)
				to.insertBefore(renew(old, row), at);
			else if (old.nextElementSibling !== at)
				to.insertBefore(old, at);
		}
		if (heir && !to.contains(document.activeElement))
			byId(heir)?.querySelector(onPick ? ".pick input" : ".go")
				?.focus({ preventScroll: true });
	}

	function swapList(doc) {
		const notices = byId("notices"), main = byId("main");
		const from = doc.getElementById("list"), to = byId("list");
		const rows = from?.querySelector("#rows");
		if (rows && to?.querySelector("#rows")) {
			// A menu that is open stays open.
			if (!document.activeElement?.matches(".pager select"))
				replace(doc, "list-head");
			replace(doc, "all");
			Object.assign(to.dataset, from.dataset);
			swapRows(rows);
		} else {
			const within = main.contains(document.activeElement);
			main.replaceChildren(...document.adoptNode(doc.getElementById("main")).childNodes);
			byId("notices").replaceWith(notices);
			if (within)
				main.focus({ preventScroll: true });
		}
		replace(doc, "side-nav");
		takeCounts(doc);
		mp.arrived();
	}

	function swapSiblings(doc) {
		const rows = doc.getElementById("rows"), beside = byId("siblings");
		const current = rows?.querySelector("#m-" + byId("message")?.dataset.id);
		if (rows && beside) {
			for (const pick of rows.querySelectorAll(".pick"))
				pick.remove();
			current?.classList.add("current");
			current?.querySelector(".go").setAttribute("aria-current", "page");
			if (beside.dataset.grown)
				keepOlder(rows);
			const top = beside.scrollTop;
			swapRows(rows);
			beside.scrollTop = top;
		}
		replace(doc, "side-nav");
		takeCounts(doc);
		mp.arrived();
	}

	// Rows that were fetched by scrolling stay below those that came.
	function keepOlder(rows) {
		const last = [...rows.children].reverse().find((row) => byId(row.id));
		let row = last && byId(last.id).nextElementSibling;
		for (; row; row = row.nextElementSibling)
			if (!rows.querySelector("#" + row.id))
				rows.append(row.cloneNode(true));
	}

	// All of a page: what a form led to.
	function show(doc) {
		document.body.replaceWith(document.adoptNode(doc.body));
		document.title = doc.title.replace(/^\(\d+\) /, "");
		takeCounts(doc);
		history.replaceState(null, "", doc.address);
		mp.cleanAddress();
		mp.arrived();
		(byId("message") ?? byId("main")).focus();
	}

	Object.assign(mp, { page, replace, takeCounts, swapList, swapSiblings, show });
})();
